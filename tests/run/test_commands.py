"""Every command as a user calls it: in a process of its own, in all three ways."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from simulated import AWKWARD, leftovers
from tolerances import ONE_CODE_8

REPO = Path(__file__).resolve().parents[2]
COMMANDS = sorted(
    f"{folder}/{path.stem}"
    for folder in ("run", "scripts")
    for path in (REPO / folder).glob("*.py")
    if "__main__" in path.read_text(encoding="utf-8")
)
FORMS = ("root script", "root module", "elsewhere script", "elsewhere module")


def call(form: str, command: str, *words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `python run/x.py` or `python -m run.x`, from the root or from the folder `cwd`.

    Paths in `words` that begin with cwd are given relative to where the command runs.
    """
    where, way = form.split()
    here = REPO if where == "root" else cwd
    script = os.path.relpath(REPO / f"{command}.py", here)
    start = [script] if way == "script" else ["-m", command.replace("/", ".")]
    given = [os.path.relpath(word, here) if isinstance(word, Path) else str(word) for word in words]
    return subprocess.run(
        [sys.executable, *start, *given], cwd=here, capture_output=True, text=True, check=False
    )


def succeed(form: str, command: str, *words: object, cwd: Path) -> str:
    """call(), which must end well, say nothing on standard output and have no error."""
    done = call(form, command, *words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "ERROR" not in done.stderr
    assert leftovers(cwd) == []
    return done.stderr


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, tmp_path: Path) -> None:
    form = FORMS[COMMANDS.index(command) % len(FORMS)]
    done = call(form, command, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage:")
    assert "Example:" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands") / AWKWARD
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def fitted(place: Path, pairs: Path) -> Path:
    """The fit's output folder: a script called from another folder."""
    out = place / "fit"
    err = succeed(
        "elsewhere script",
        "scripts/fivek_tif_to_xmp",
        "--root",
        pairs,
        "--split",
        "testing",
        "--steps",
        60,
        "--curve_knots",
        16,
        "--output",
        out,
        "--debug_previews",
        "--device",
        "cpu",
        cwd=place,
    )
    assert "no split file" in err
    return out


def test_fit(fitted: Path, pairs: Path) -> None:
    names = ("one", "two & 2")
    folders = (("data", "json"), ("debug_previews", "png"), ("preview", "png"), ("xmps", "xmp"))
    expected = [f"{folder}/{name}.{suffix}" for folder, suffix in folders for name in names]
    assert files(fitted) == sorted([*expected, "dataset_manifest.jsonl", "fit_report.html"])
    lines = (fitted / "dataset_manifest.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [(e["id"], e["split"], e["expert"]) for e in entries] == [
        (name, "testing", "c") for name in names
    ]
    assert Path(entries[0]["tif"]) == (pairs / "edited" / "one.tif").resolve()
    for name in names:
        record = json.loads((fitted / "data" / f"{name}.json").read_text())
        assert record["process"] == 2
        assert record["fit"]["after"]["delta_e"] < 0.1 * record["fit"]["before"]["delta_e"]
        assert record["format"] == "acr-autopilot-v1"


def test_fit_again_does_nothing_and_rebuilds_a_lost_manifest(
    fitted: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import scripts.fivek_tif_to_xmp as fivek

    manifest = fitted / "dataset_manifest.jsonl"
    before, dates = manifest.read_text(), {p: p.stat().st_mtime_ns for p in fitted.rglob("*.json")}
    manifest.unlink()
    words = ["--root", str(pairs), "--split", "testing", "--output", str(fitted)]
    assert fivek.main(words) == 0
    assert "2 of 2 pictures are done already" in capsys.readouterr().err
    assert manifest.read_text() == before
    assert {p: p.stat().st_mtime_ns for p in fitted.rglob("*.json")} == dates


def test_train_and_lora(fitted: Path, place: Path, pairs: Path) -> None:
    common = [
        "--manifest",
        fitted / "dataset_manifest.jsonl",
        "--train-split",
        "testing",
        "--cache",
        place / "cache",
        "--workers",
        0,
        "--batch-size",
        2,
        "--epochs",
        1,
        "--use_edit_layer",
        "--edit-resolution",
        48,
        "--device",
        "cpu",
    ]
    model, style = place / "model", place / "style"
    succeed(
        "root script",
        "run/train_autopilot",
        *common,
        "--backbone",
        "test_vit",
        "--image_size",
        32,
        "--output",
        model,
        cwd=place,
    )
    kept = ["args.json", "curves.png", "last.pt", "log.csv"]
    assert files(model) == sorted([*kept, "best.pt", "checkpoint_epoch001.pt"])
    succeed(
        "elsewhere module",
        "run/lora_finetune",
        *common,
        "--checkpoint",
        model / "best.pt",
        "--lora-rank",
        2,
        "--output",
        style,
        cwd=place,
    )
    assert files(style) == [*kept, "lora_best.pt", "lora_epoch001.pt"]
    assert not list(pairs.rglob("*.npz"))


def check_inference(form: str, place: Path, pairs: Path, checkpoint: Path, adapter: Path) -> None:
    out = place / f"predicted {form}"
    words = ["--checkpoint", checkpoint, "--input", pairs / "raw", "--batch", "--output", out]
    more = ["--export-json", "--export_preview", "--lora-checkpoint", adapter, "--device", "cpu"]
    err = succeed(form, "run/inference", *words, *more, cwd=place)
    assert "2 predicted" in err
    expected = [
        f"{folder}/{name}{suffix}"
        for folder, suffix in (("data", ".json"), ("preview", ".png"), ("xmps", ".xmp"))
        for name in ("one", "two & 2")
    ]
    assert files(out) == sorted([*expected, "report.json"])
    xmp = (out / "xmps" / "one.xmp").read_text()
    assert 'ProcessVersion="11.0"' in xmp
    assert len(json.loads((out / "data" / "one.json").read_text())["params_norm"]) == 11


def test_inference(place: Path, pairs: Path, checkpoint: Path, adapter: Path) -> None:
    check_inference("elsewhere module", place, pairs, checkpoint, adapter)


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in FORMS if form != "elsewhere module"])
def test_inference_in_other_ways(
    form: str, place: Path, pairs: Path, checkpoint: Path, adapter: Path
) -> None:
    check_inference(form, place, pairs, checkpoint, adapter)


def check_render(form: str, place: Path, pairs: Path, checkpoint: Path) -> None:
    import tifffile
    from PIL import Image

    out = place / f"rendered {form}"
    raw = pairs / "raw" / "two & 2.dng"
    words = ["--checkpoint", checkpoint, "--input", raw, "--output", out]
    more = ["--srgb_output", "--no-export-xmp", "--export-json", "--device", "cpu"]
    succeed(form, "run/predict_and_render", *words, *more, cwd=place)
    assert files(out) == ["data/two & 2.json", "report.json", "two & 2.jpg", "two & 2.tif"]
    with tifffile.TiffFile(out / "two & 2.tif") as tif:
        page = tif.pages.first
        assert (page.shape, str(page.dtype)) == ((160, 240, 3), "uint16")
        assert page.iccprofile == (REPO / "ProPhoto.icm").read_bytes()
        assert page.tags["Make"].value == "Simulated"
    with Image.open(out / "two & 2.jpg") as jpeg:
        assert jpeg.size == (240, 160)
        assert jpeg.getexif()[272] == "Camera"
        assert jpeg.getexif()[274] == 1


def test_predict_and_render(place: Path, pairs: Path, checkpoint: Path) -> None:
    check_render("root module", place, pairs, checkpoint)


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in FORMS if form != "root module"])
def test_predict_and_render_in_other_ways(
    form: str, place: Path, pairs: Path, checkpoint: Path
) -> None:
    check_render(form, place, pairs, checkpoint)


def check_apply(form: str, place: Path, pairs: Path, fitted: Path) -> None:
    from imaging.metrics import difference
    from imaging.raw import read_raw_linear_prophoto
    from imaging.tiff import read_tif16

    raw, out = pairs / "raw" / "one.dng", place / f"applied {form}.tif"
    data = fitted / "data" / "one.json"
    succeed(
        form,
        "scripts/apply_params",
        raw,
        data,
        "--demosaic",
        "ahd",
        "--out",
        out,
        "--device",
        "cpu",
        cwd=place,
    )
    record = json.loads(data.read_text())
    expert = read_tif16(pairs / "edited" / "one.tif")
    after = difference(read_tif16(out), expert).delta_e
    before = difference(read_raw_linear_prophoto(raw), expert).delta_e
    assert after < 0.5 * before
    # What the fit said of itself, with a resampling in between, holds at full size.
    assert after < record["fit"]["after"]["delta_e"] + 0.1


def test_apply_params(place: Path, pairs: Path, fitted: Path) -> None:
    check_apply("elsewhere module", place, pairs, fitted)


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in FORMS if form != "elsewhere module"])
def test_apply_params_in_other_ways(form: str, place: Path, pairs: Path, fitted: Path) -> None:
    check_apply(form, place, pairs, fitted)


def test_one_edit_renders_the_same_everywhere(
    place: Path, pairs: Path, checkpoint: Path, tmp_path: Path
) -> None:
    """predict_and_render's picture is apply_params' of the parameter file beside it."""
    import run.predict_and_render as rendering
    import scripts.apply_params as applying
    from imaging.tiff import read_tif16

    raw = str(pairs / "raw" / "one.dng")
    words = ["--checkpoint", str(checkpoint), "--input", raw, "--output", str(tmp_path)]
    assert rendering.main([*words, "--export-json", "--export-preview", "--device", "cpu"]) == 0
    again = tmp_path / "again.tif"
    settings = str(tmp_path / "data" / "one.json")
    assert applying.main([raw, settings, "--out", str(again), "--device", "cpu"]) == 0
    first = read_tif16(tmp_path / "one.tif")
    np.testing.assert_array_equal(read_tif16(again), first)

    from PIL import Image

    from imaging.jpeg import to_srgb8

    preview = np.asarray(Image.open(tmp_path / "preview" / "one.png"), float) / 255
    full = to_srgb8(first).astype(float) / 255
    assert preview.shape == full.shape
    assert np.abs(preview - full).mean() < ONE_CODE_8


def test_an_adapter_changes_the_prediction(
    pairs: Path, checkpoint: Path, adapter: Path, tmp_path: Path
) -> None:
    from run import inference

    raw = str(pairs / "raw" / "one.dng")
    words = ["--checkpoint", str(checkpoint), "--input", raw, "--export-json", "--device", "cpu"]
    assert inference.main([*words, "--output", str(tmp_path / "base")]) == 0
    more = ["--lora-checkpoint", str(adapter), "--output", str(tmp_path / "style")]
    assert inference.main([*words, *more]) == 0
    one, other = (
        json.loads((tmp_path / name / "data" / "one.json").read_text())["params_norm"]
        for name in ("base", "style")
    )
    assert max(abs(one[name] - other[name]) for name in one if name != "ToneCurve") > 0.01


@pytest.mark.parametrize(
    ("command", "flag", "default"),
    [
        ("run.inference", "output", "outputs/predictions"),
        ("run.predict_and_render", "output", "outputs/rendered"),
        ("run.predict_and_render", "icc_profile", "ProPhoto.icm"),
        ("run.train_autopilot", "manifest", "outputs/dataset_manifest.jsonl"),
        ("run.train_autopilot", "output", "run/checkpoints"),
        ("run.lora_finetune", "manifest", "outputs/dataset_manifest.jsonl"),
        ("run.lora_finetune", "output", "outputs/lora"),
        ("scripts.fivek_tif_to_xmp", "output", "outputs"),
    ],
)
def test_default_paths_lie_below_the_repository(command: str, flag: str, default: str) -> None:
    import importlib

    parser = importlib.import_module(command).build_parser()
    assert parser.get_default(flag) == REPO / default


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        ("run.inference", {"export_xmp": True, "export_json": False, "export_preview": False}),
        ("run.train_autopilot", {"image_loss_weight": 0.7, "edit_resolution": 512}),
        ("run.lora_finetune", {"lora_rank": 8, "lora_alpha": 16.0, "train_heads": False}),
        ("scripts.fivek_tif_to_xmp", {"steps": 800, "curve_knots": 16, "expert": "c"}),
    ],
)
def test_defaults_are_those_of_the_description(command: str, defaults: dict[str, object]) -> None:
    import importlib

    parser = importlib.import_module(command).build_parser()
    assert {name: parser.get_default(name) for name in defaults} == defaults


def test_training_takes_twenty_epochs_by_default() -> None:
    from cli.train_flags import train_settings
    from run.train_autopilot import build_parser

    assert train_settings(build_parser().parse_args([])).epochs == 20
