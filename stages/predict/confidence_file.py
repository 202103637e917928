"""confidence.pt of an evaluation, as the prediction commands take it."""

from pathlib import Path
from typing import TYPE_CHECKING

from params.files import REPO_ROOT, InputError
from stages.predict.settings import PredictSettings

if TYPE_CHECKING:
    from model.confidence import Confidence

# What run/evaluate.py writes by default, and its file of what confidence is built on.
EVALUATION, CONFIDENCE = REPO_ROOT / "outputs" / "evaluation", "confidence.pt"


def confidence_path(settings: PredictSettings) -> Path | None:
    """The file that the settings ask for; None where they ask for none."""
    if settings.confidence is None and settings.min_confidence is None:
        return None
    return settings.confidence or EVALUATION / CONFIDENCE


def confidence_of(settings: PredictSettings) -> "Confidence | None":
    """The confidence that the settings ask for; None where they ask for none.

    Raises:
        InputError: no such file, or it was learnt for another model.
    """
    file = confidence_path(settings)
    if file is None:
        return None
    assert settings.checkpoint is not None  # Auto has none, as the settings see to
    from model.confidence import load_confidence, model_digest

    try:
        confidence = load_confidence(file)
    except InputError as error:
        raise InputError(f"{error} (run/evaluate.py writes confidence.pt)") from error
    if confidence.digest != model_digest(settings.checkpoint, settings.adapters):
        raise InputError(f"{file}: learnt for another model, or with other adapters, than these")
    return confidence
