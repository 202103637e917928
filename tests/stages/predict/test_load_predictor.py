"""Which predictor settings ask for, and how much of its edit."""

from pathlib import Path

import pytest
from simulated import scene

from imaging.camera import Shot
from imaging.metadata import Metadata
from model.adapter import Adapter
from params.files import InputError
from params.strength import scaled_edit
from stages.predict.auto_predictor import AutoPredictor
from stages.predict.load_predictor import begin_decoding, load_predictor
from stages.predict.numpy_predictor import NumpyPredictor
from stages.predict.prediction import AnyPredictor, Prediction
from stages.predict.settings import PredictSettings, XmpOutput

RAW = Path("a.dng")


def settings(checkpoint: Path | None = None, **more: object) -> PredictSettings:
    return PredictSettings(checkpoint, ["a.dng"], Path("out"), **more)  # type: ignore[arg-type]


def of_scene(predictor: AnyPredictor) -> Prediction:
    return predictor.predict_from(RAW, scene(1, 40, 60), Shot(None, None), Metadata())


def test_without_a_checkpoint_it_is_auto(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert load_predictor(settings(auto_white_balance=True)) == AutoPredictor(white_balance=True)
    assert [line.partition(":")[0] for line in caplog.messages] == ["auto"]


@pytest.mark.parametrize("kind", ["auto", "model"])
def test_any_predictors_edits_have_a_strength(kind: str, checkpoint: Path) -> None:
    of = checkpoint if kind == "model" else None
    full = load_predictor(settings(of, device="cpu"))
    third = load_predictor(settings(of, device="cpu", strength=0.3))
    assert isinstance(full, NumpyPredictor if of else AutoPredictor)
    assert third.process == full.process
    edit, part = (of_scene(predictor).record.params for predictor in (full, third))
    wanted = scaled_edit(edit, 0.3)
    assert part.pop("ToneCurve") == pytest.approx(wanted.pop("ToneCurve"))
    assert part == pytest.approx(wanted)
    assert part["Shadows2012"] != pytest.approx(edit["Shadows2012"])


@pytest.mark.parametrize("kind", ["auto", "model"])
def test_panels_of_which_nothing_is_predicted_are_told(
    kind: str, checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    of = checkpoint if kind == "model" else None
    load_predictor(settings(of, device="cpu", xmp=XmpOutput(panels=("basic", "mixer"))))
    assert not [r for r in caplog.records if r.levelname == "WARNING"]
    predictor = load_predictor(
        settings(of, device="cpu", strength=0.5, xmp=XmpOutput(panels=("mixer",)))
    )
    assert predictor.panels == ("basic",)
    [said] = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert said == "nothing of mixer is predicted, only basic: nothing is edited"


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(InputError, match="LoRA adapters need the model"):
        settings(adapters=[Adapter(Path("warm.pt"))])
    with pytest.raises(InputError, match="predicts its own"):
        settings(Path("m.pt"), auto_white_balance=True)
    with pytest.raises(InputError, match="of trained models only"):
        settings(min_confidence=0.5)
    with pytest.raises(InputError, match=r"strength is 1\.5"):
        settings(strength=1.5)


def test_is_named_in_reports() -> None:
    assert (settings().model, settings().by) == ("auto", "auto")
    assert settings(Path("runs/best.pt"), strength=0.5).by == "best.pt at 50%"


def test_a_broken_checkpoint_is_not_begun_with(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pt"
    bad.write_bytes(b"no model")
    assert begin_decoding(RAW, settings(bad)) is None
