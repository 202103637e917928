"""Which predictor the settings ask for; only an encoder of pixels brings torch with it."""

import contextlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from model.checkpoint_config import config_of
from model.hub import model_file
from model.numpy_model import NumpyModel
from model.stored_tensors import StoredTensors
from params.auto_edit import PROCESS
from params.files import InputError
from params.panels import PANELS
from params.strength import at_strength
from stages.predict.auto_predictor import AutoPredictor
from stages.predict.decoded_raw import Begun
from stages.predict.prediction import AnyPredictor, Prediction
from stages.predict.settings import PredictSettings
from stages.predict.statistics_predictor import StatisticsPredictor

log = logging.getLogger(__name__)


def load_predictor(settings: PredictSettings) -> AnyPredictor:
    """Auto, or the trained model with its adapters and confidence; at the strength asked for.

    Raises:
        InputError: a file is not what it should be, or there is no such device.
    """
    predictor = _load(settings)
    wanted, panels = settings.xmp.panels, predictor.panels
    if wanted is not None and not set(wanted) & set(panels):
        words = (", ".join(PANELS[name].word for name in names) for names in (wanted, panels))
        log.warning("nothing of %s is predicted, only %s: nothing is edited", *words)
    return predictor if settings.strength == 1.0 else AtStrength(predictor, settings.strength)


def _load(settings: PredictSettings) -> AnyPredictor:
    if settings.checkpoint is None:
        log.info("auto: sliders by formulas after Lightroom's Auto; --checkpoint takes a model")
        return AutoPredictor(settings.auto_white_balance)
    if _without_torch(settings) and (model := NumpyModel.load(settings.checkpoint)) is not None:
        return StatisticsPredictor(model if settings.constants else model.without_constants())
    from model.device import pick_device
    from stages.predict.confidence_file import confidence_of
    from stages.predict.predictor import Predictor

    return Predictor.load(
        settings.checkpoint,
        settings.adapters,
        pick_device(settings.device),
        settings.force_lora,
        confidence_of(settings),
        settings.constants,
    )


def _without_torch(settings: PredictSettings) -> bool:
    """Whether a model of statistics needs nothing that only torch does."""
    confident = settings.confidence is not None or settings.min_confidence is not None
    return not settings.adapters and not confident and settings.device in ("auto", "cpu")


@dataclass(frozen=True)
class AtStrength:
    """A predictor whose edits are brought toward no edit, see params.strength."""

    full: AnyPredictor
    strength: float

    @property
    def process(self) -> int:
        return self.full.process

    @property
    def panels(self) -> tuple[str, ...]:
        return self.full.panels

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """As AnyPredictor.predict_from."""
        found = self.full.predict_from(raw, proxy, shot, metadata)
        return replace(found, record=at_strength(found.record, self.strength))


def begin_decoding(raw: Path, settings: PredictSettings) -> Begun | None:
    """Read a picture, also to be shown, in a thread: loading a model meanwhile takes as long.

    None where the process is not known before: loading the checkpoint gives the error.
    """
    if settings.checkpoint is None:
        return Begun(raw, PROCESS, settings.pictures)
    process = _process_of(settings.checkpoint)
    return None if process is None else Begun(raw, process, settings.pictures)


def _process_of(checkpoint: Path) -> int | None:
    """The edit process that a checkpoint names; None where it cannot be told."""
    with contextlib.suppress(InputError):
        path = model_file(checkpoint)
        return config_of(path, StoredTensors(path).content).process
    from model.checkpoint import read_config

    with contextlib.suppress(InputError):  # torch reads more kinds of files
        return read_config(checkpoint).process
    return None
