"""Wrong calls, and calls made a second time."""

import shutil
from pathlib import Path

import pytest
from simulated import undated

import run.inference
import run.predict_and_render
import scripts.apply_params
import scripts.fivek_tif_to_xmp
from params.files import InputError

CPU = ["--device", "cpu"]


def test_debug_shows_the_traceback(pairs: Path, checkpoint: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.dng"
    bad.write_text("no photograph")
    words = ["--checkpoint", str(checkpoint), "--input", str(bad), "--output", str(tmp_path), *CPU]
    with pytest.raises(InputError, match=r"bad\.dng"):
        run.inference.main([*words, "--debug"])


def test_wrong_calls_have_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    needed = ["--checkpoint", "x.pt", "--input", "y.dng"]
    for module, words in (
        (run.inference, []),
        (run.inference, [*needed, "--no-such-flag"]),
        (run.inference, [*needed, "--device", "abacus"]),
        (run.inference, [*needed, "--export"]),  # no abbreviations
        (run.predict_and_render, [*needed, "--jpeg-quality", "101"]),
        (run.predict_and_render, [*needed, "--bits", "12"]),
        (scripts.apply_params, ["a.dng", "b.json", "--out", "picture.gif"]),
        (scripts.fivek_tif_to_xmp, ["--root", "x", "--steps", "0"]),
        (scripts.fivek_tif_to_xmp, ["--root", "x", "--steps", "many"]),
        (scripts.fivek_tif_to_xmp, ["--root", "x", "--split", "holiday"]),
        (scripts.fivek_tif_to_xmp, ["--root", "x", "--expert", "../up"]),
    ):
        with pytest.raises(SystemExit) as left:
            module.main([str(word) for word in words])
        assert left.value.code == 2, words
        err = capsys.readouterr().err
        assert err.startswith("usage:")
        assert "Traceback" not in err


def test_what_is_done_is_not_done_again(
    raws: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(raws / "good.dng", raws / "second.dng")
    out = tmp_path / "out"
    words = ["--checkpoint", str(checkpoint), "--input", str(raws), "--batch", "--output", str(out)]
    assert run.inference.main([*words, *CPU]) == 0
    first, second = (out / "xmps" / f"{name}.xmp" for name in ("good", "second"))
    content = first.read_bytes()
    first.write_bytes(b"mine")
    second.unlink()
    capsys.readouterr()
    assert run.inference.main([*words, *CPU]) == 0
    assert "1 of 2 pictures are done already" in capsys.readouterr().err
    assert first.read_bytes() == b"mine"
    assert second.is_file()
    assert run.inference.main([*words, "--overwrite", *CPU]) == 0
    assert undated(first.read_bytes()) == undated(content)


def test_kept_from_touching_the_sources(raws: Path, checkpoint: Path, tmp_path: Path) -> None:
    """Results below the input folder do not become input, and the RAW stays as it was."""
    before = (raws / "good.dng").read_bytes()
    words = [
        "--checkpoint",
        str(checkpoint),
        "--input",
        str(raws),
        "--batch",
        "--output",
        str(raws),
    ]
    for _ in range(2):
        assert run.predict_and_render.main([*words, "--srgb-output", "--overwrite", *CPU]) == 0
    assert (raws / "good.dng").read_bytes() == before
    names = {p.relative_to(raws).as_posix() for p in raws.rglob("*") if p.is_file()}
    assert names == {"good.dng", "good.tif", "good.jpg", "xmps/good.xmp", "report.json"}
