"""Which predictor the settings ask for; only a trained model brings torch with it."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from params.auto_edit import PROCESS
from params.strength import at_strength
from stages.predict.auto_predictor import AutoPredictor
from stages.predict.decoded_raw import Begun
from stages.predict.prediction import AnyPredictor, Prediction
from stages.predict.settings import PredictSettings

log = logging.getLogger(__name__)


def load_predictor(settings: PredictSettings) -> AnyPredictor:
    """Auto, or the trained model with its adapters and confidence; at the strength asked for.

    Raises:
        InputError: a file is not what it should be, or there is no such device.
    """
    predictor = _load(settings)
    return predictor if settings.strength == 1.0 else AtStrength(predictor, settings.strength)


def _load(settings: PredictSettings) -> AnyPredictor:
    if settings.checkpoint is None:
        log.info("auto: sliders by formulas after Lightroom's Auto; --checkpoint takes a model")
        return AutoPredictor(settings.auto_white_balance)
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


@dataclass(frozen=True)
class AtStrength:
    """A predictor whose edits are brought toward no edit, see params.strength."""

    full: AnyPredictor
    strength: float

    @property
    def process(self) -> int:
        return self.full.process

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """As AnyPredictor.predict_from."""
        found = self.full.predict_from(raw, proxy, shot, metadata)
        return replace(found, record=at_strength(found.record, self.strength))


def begin_decoding(raw: Path, settings: PredictSettings) -> Begun | None:
    """Read a picture, at full size, in a thread: loading a model meanwhile takes as long.

    None where the process is not known before: loading the checkpoint gives the error.
    """
    if settings.checkpoint is None:
        return Begun(raw, PROCESS)
    from stages.predict.predictor import process_of

    process = process_of(settings.checkpoint)
    return None if process is None else Begun(raw, process)
