"""What is done is done by one model: a second run redoes what was made with something else."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import run.inference


def test_runs_into_one_folder(
    raws: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, raw = tmp_path / "out", raws / "good.dng"

    def once(*words: str) -> tuple[str, dict[str, Any]]:
        """A run of Auto; the XMP after it, and the run's counts."""
        command = ["--checkpoint", "auto", "--input", str(raw), "--output", str(out), *words]
        assert run.inference.main(command) == 0
        counts = json.loads((out / "report.json").read_text())["last_run"]
        return (out / "xmps/good.xmp").read_text(), counts

    first, counts = once()
    assert counts["done"] == 1
    again, counts = once()
    assert (again, counts["done"], counts["skipped"]) == (first, 0, 1)
    assert "1 of 1 pictures are done already" in capsys.readouterr().err
    left, counts = once("--strength", "0.4", "--skip-existing")
    assert (left, counts["done"], counts["skipped"]) == (first, 0, 1)
    weaker, counts = once("--strength", "0.4")
    assert weaker != first
    assert (counts["done"], counts["skipped"]) == (1, 0)
    assert "1 are done again: made with another model" in capsys.readouterr().err
    os.utime(raw, (1, 1))  # another file
    _, counts = once("--strength", "0.4")
    assert counts["done"] == 1
    (out / "report.json").unlink()  # nobody knows whose files these are: they stay
    _, counts = once("--strength", "0.6")
    assert counts["skipped"] == 1


def test_a_dng_that_is_written_into_is_still_the_same(raws: Path, tmp_path: Path) -> None:
    words = ["--checkpoint", "auto", "--input", str(raws / "good.dng")]
    words += ["--output", str(tmp_path / "out"), "--in-place", "--embed-xmp"]
    assert run.inference.main(words) == 0
    written = (raws / "good.dng").read_bytes()
    assert run.inference.main(words) == 0
    assert (raws / "good.dng").read_bytes() == written
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["last_run"]["skipped"] == 1


@pytest.mark.parametrize("embed", [False, True])
def test_what_was_changed_in_place_stays(
    raws: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], embed: bool
) -> None:
    file = raws / ("good.dng" if embed else "good.xmp")
    words = ["--input", str(raws / "good.dng"), "--output", str(tmp_path / "out"), "--in-place"]
    words += ["--embed-xmp"] * embed
    assert run.inference.main(words) == 0
    written = file.read_bytes()
    assert run.inference.main([*words, "--strength", "0.5"]) == 0
    weaker = file.read_bytes()
    assert weaker != written  # nobody's but ours
    changed = weaker.replace(b'crs:Saturation="0"', b'crs:Saturation="7"')
    assert changed != weaker
    file.write_bytes(changed)
    capsys.readouterr()
    for more in (["--strength", "0.5"], [], ["--export-json"]):
        assert run.inference.main([*words, *more]) == 0
        assert file.read_bytes() == changed
    assert "no longer those that were written there" in capsys.readouterr().err
    assert run.inference.main([*words, "--overwrite"]) == 0
    assert file.read_bytes() != changed


@pytest.mark.parametrize("words", [["--overwrite", "--skip-existing"]])
def test_one_of_both(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run.inference.main(["--input", "a.dng", *words])
    assert stopped.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_wrong_checkpoint_is_noticed_before_anything_is_skipped(
    raws: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--input", str(raws / "good.dng"), "--output", str(tmp_path / "out")]
    assert run.inference.main(command) == 0
    (tmp_path / "photo.pt").write_bytes(b"not a model")
    for name, text in (("none.pt", "No such file"), ("photo.pt", "not a checkpoint")):
        words = [*command, "--skip-existing", "--checkpoint", str(tmp_path / name)]
        capsys.readouterr()
        assert run.inference.main(words) == 1
        err = capsys.readouterr().err
        assert f"{name}: {text}" in err
        assert "done already" not in err


def test_results_of_another_photograph_are_not_done_already(
    raws: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--output", str(tmp_path / "out")]
    assert run.inference.main(["--input", str(raws / "good.dng"), *out]) == 0
    other = tmp_path / "other" / "good.dng"
    other.parent.mkdir()
    other.write_bytes((raws / "good.dng").read_bytes())
    capsys.readouterr()
    assert run.inference.main(["--input", str(other), *out]) == 1
    err = capsys.readouterr().err
    assert "results of another file of this name" in err
    assert "done already" not in err
