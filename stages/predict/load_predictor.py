"""Which predictor the settings ask for; torch comes with a GPU, or to prepare a model."""

import contextlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from model.checkpoint_config import config_of
from model.device import CPU, device_name, pick_device
from model.hub import model_file
from model.numpy_model import NumpyModel
from model.prepared.load import load_prepared
from model.stored_tensors import StoredTensors
from params.auto_edit import PROCESS
from params.files import InputError
from params.panels import PANELS
from params.strength import at_strength
from stages.predict.auto_predictor import AutoPredictor
from stages.predict.confidence_file import confidence_of
from stages.predict.decoded_raw import Begun
from stages.predict.numpy_predictor import NumpyPredictor
from stages.predict.prediction import AnyPredictor, Prediction
from stages.predict.settings import PredictSettings

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
    device = device_name(settings.device)
    confidence = confidence_of(settings)
    if device == CPU and (model := _without_torch(settings)) is not None:
        return NumpyPredictor(
            model if settings.constants else model.without_constants(), confidence
        )
    from stages.predict.predictor import Predictor

    return Predictor.load(
        settings.checkpoint,
        settings.adapters,
        pick_device(device),
        settings.force_lora,
        confidence,
        settings.constants,
    )


def _without_torch(settings: PredictSettings) -> NumpyModel | None:
    """The model as NumPy and OpenCV run it; None where it needs torch.

    Raises:
        InputError: a file is not what it should be, or belongs to another base.
    """
    assert settings.checkpoint is not None
    if not settings.adapters and (model := NumpyModel.load(settings.checkpoint)) is not None:
        return model
    return load_prepared(settings.checkpoint, settings.adapters, settings.force_lora)


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


def check_models(settings: PredictSettings) -> None:
    """Raise InputError where checkpoint or adapters are not there, or, with `skip_existing`, which
    may leave nothing to be predicted, where the checkpoint is none.
    """
    if settings.checkpoint is None:
        return
    for path in (settings.checkpoint, *(one.path for one in settings.adapters)):
        if not model_file(path).exists():
            raise InputError(f"{path}: No such file or directory")
    if settings.skip_existing and _process_of(settings.checkpoint) is None:
        raise InputError(f"{settings.checkpoint}: not a checkpoint that can be read")


def _process_of(checkpoint: Path) -> int | None:
    """The edit process that a checkpoint names; None where it cannot be told."""
    with contextlib.suppress(InputError):
        path = model_file(checkpoint)
        return config_of(path, StoredTensors(path).content).process
    from model.checkpoint import read_config

    with contextlib.suppress(InputError):  # torch reads more kinds of files
        return read_config(checkpoint).process
    return None
