"""Settings of the stages: every field documented, wrong values refused, flags say the same."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import run.evaluate
import run.inference
import run.predict_and_render
import scripts.import_edits
from cli.evaluate_flags import evaluate_settings
from cli.import_flags import import_settings
from cli.output_flags import picture_output
from cli.predict_flags import predict_settings
from dataset.lightroom.settings import EditFilter, ImportSettings
from params.files import InputError
from params.ranges import CURVE_NAME
from stages.evaluate.settings import EvaluateSettings
from stages.fit.settings import Exports, FitSettings
from stages.predict.settings import PictureOutput, PredictSettings, RenderSettings, XmpOutput
from stages.train.settings import LoraSettings, TrainSettings

CLASSES = (
    XmpOutput,
    PictureOutput,
    PredictSettings,
    RenderSettings,
    EvaluateSettings,
    EditFilter,
    ImportSettings,
    Exports,
    FitSettings,
    TrainSettings,
    LoraSettings,
)
MODEL, RAW = Path("m.pt"), Path("a.dng")


@pytest.mark.parametrize("settings", CLASSES)
def test_fields_are_documented_and_never_change(settings: type) -> None:
    fields = dataclasses.fields(settings)
    docs = [base.__doc__ or "" for base in settings.__mro__[:-1]]  # with what it inherits
    lines = [line.strip() for doc in docs for line in doc.splitlines()]
    named = {name.strip() for line in lines for name in line.partition(":")[0].split(",")}
    assert {field.name for field in fields} <= named
    assert settings.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_flags_have_the_settings_defaults() -> None:
    args = run.inference.build_parser().parse_args(["--checkpoint", "m.pt", "--input", "a.dng"])
    assert predict_settings(args) == PredictSettings(MODEL, ["a.dng"], args.output)
    words = ["--checkpoint", "m.pt", "--input-list", "l.txt"]
    args = run.predict_and_render.build_parser().parse_args(words)
    assert predict_settings(args).inputs == ["@l.txt"]
    assert picture_output(args) == PictureOutput()
    args = run.evaluate.build_parser().parse_args(["--checkpoint", "m.pt"])
    assert evaluate_settings(args) == EvaluateSettings(MODEL)
    args = scripts.import_edits.build_parser().parse_args(["shoot"])
    assert import_settings(args) == ImportSettings([Path("shoot")])


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["--export-json", "--jobs", "3"], {"json": True, "jobs": 3}),
        (["--no-export-xmp"], {"xmp": XmpOutput(write=False)}),
        (
            ["--xmp-curve", "dense", "--embed-xmp", "--in-place"],
            {"xmp": XmpOutput(True, "dense", embed=True, in_place=True)},
        ),
        (["--export-cube", "--dry-run"], {"cube": "srgb", "dry_run": True}),
        (["--min-confidence", "0.5", "--device", "cpu"], {"min_confidence": 0.5, "device": "cpu"}),
    ],
)
def test_flags_change_their_own_field(words: list[str], changed: dict[str, Any]) -> None:
    parser = run.inference.build_parser()
    args = parser.parse_args(["--checkpoint", "m.pt", "--input", "a.dng", *words])
    plain = PredictSettings(MODEL, ["a.dng"], args.output)
    assert predict_settings(args) == dataclasses.replace(plain, **changed)


@pytest.mark.parametrize(
    ("settings", "values", "message"),
    [
        (PredictSettings, {"inputs": "a.dng"}, "not a list of paths"),
        (PredictSettings, {"inputs": ["a"], "jobs": 0}, "jobs is 0"),
        (PredictSettings, {"inputs": ["a"], "min_confidence": 60}, "min_confidence is 60"),
        (XmpOutput, {"curve": "smooth"}, "curve is 'smooth'"),
        (PictureOutput, {"bits": 12}, "bits is 12"),
        (PictureOutput, {"jpeg_quality": 0}, "jpeg_quality is 0"),
        (PictureOutput, {"compression": "none"}, "compression is 'none'"),
        (PictureOutput, {"jpeg_subsampling": "444"}, "jpeg_subsampling is '444'"),
        (EvaluateSettings, {"tolerance": float("nan")}, "tolerance is nan"),
        (EvaluateSettings, {"experts": "ab"}, "not a list of names"),
        (EvaluateSettings, {"workers": -1}, "workers is -1, not 0 or more"),
        (EditFilter, {"flag": "rejected"}, "flag is 'rejected'"),
        (EditFilter, {"rating": 6}, r"rating is 6, not in 0\.\.5"),
        (ImportSettings, {"sources": [], "workers": 0}, "workers is 0"),
        (Exports, {"xmp_curve": "smooth"}, "xmp_curve is 'smooth'"),
        (FitSettings, {"process": 3}, "process is 3, not one of 1, 2"),
        (FitSettings, {"solver": "sgd"}, "solver is 'sgd'"),
        (FitSettings, {"knots": 1}, "knots is 1"),
        (FitSettings, {"steps": 0}, "steps is 0"),
        (FitSettings, {"batch": 0}, "batch is 0"),
        (FitSettings, {"workers": 0}, "workers is 0"),
        (TrainSettings, {"epochs": 0}, "epochs is 0"),
        (TrainSettings, {"lr": float("nan")}, "lr is nan"),
        (TrainSettings, {"ema": 1.5}, "ema is 1.5"),
        (TrainSettings, {"batch_size": 0}, "batch_size is 0"),
        (TrainSettings, {"image_loss_weight": 2}, "image_loss_weight is 2"),
        (TrainSettings, {"image_size": 8}, "image_size is 8"),
        (TrainSettings, {"metadata": "all"}, "metadata is 'all'"),
        (TrainSettings, {"process": 3}, "process is 3"),
        (LoraSettings, {"lora_rank": 0}, "lora_rank is 0"),
        (LoraSettings, {"lora_alpha": 0.0}, "lora_alpha is 0.0"),
        (LoraSettings, {"lora_target": "a.b"}, "not a tuple of patterns"),
        (ImportSettings, {"sources": Path("x")}, "not a list of paths"),
        (ImportSettings, {"sources": [], "expert": "../x"}, "letters, digits"),
        (ImportSettings, {"sources": [], "validation_share": 1.0}, "validation_share is 1.0"),
    ],
)
def test_values_that_would_do_harm_are_refused(
    settings: type, values: dict[str, Any], message: str
) -> None:
    needed = {"checkpoint": MODEL, "output": Path("out")} if settings is PredictSettings else {}
    needed = {"checkpoint": MODEL} if settings in (EvaluateSettings, LoraSettings) else needed
    with pytest.raises(InputError, match=message) as error:
        settings(**needed, **values)
    assert "\n" not in str(error.value)


def test_a_picture_needs_a_pictures_suffix() -> None:
    assert RenderSettings(RAW, {CURVE_NAME: [0, 1]}, Path("a.JPG")).pictures == PictureOutput()
    with pytest.raises(InputError, match=r"a\.dng: ends neither"):
        RenderSettings(RAW, {}, RAW)


def test_folders_of_profiles_are_there(tmp_path: Path) -> None:
    picture = Path("a.jpg")
    assert RenderSettings(RAW, {}, picture, profiles=(tmp_path,)).profiles == (tmp_path,)
    with pytest.raises(InputError, match=r"profiles: .*none is not a folder"):
        RenderSettings(RAW, {}, picture, profiles=(tmp_path, tmp_path / "none"))
