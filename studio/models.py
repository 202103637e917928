"""What can predict: Auto, checkpoints, checkpoints with adapters, and presets."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from model.adapter import Adapter
from model.hub import model_file
from params.edit_process import DEFAULT_PROCESS
from params.files import content_digest
from params.look_library import LookLibrary
from params.panels import PANELS
from params.record import Record
from stages.predict.edit_file import read_edit
from stages.predict.load_predictor import load_predictor
from stages.predict.made_with import made_with
from stages.predict.prediction import AnyPredictor, Prediction
from stages.predict.settings import PredictSettings
from studio.settings import StudioSettings

log = logging.getLogger(__name__)

AUTO, CHECKPOINT, ADAPTER, PRESET = "auto", "checkpoint", "adapter", "preset"
_LOADED = 3  # predictors in memory at once


@dataclass(frozen=True)
class Model:
    """One of the studio's models.

    id: the same for the same files and options, also after a restart.
    settings: what predicts; None for a preset, whose file is `preset`.
    """

    id: str
    name: str
    kind: str
    settings: PredictSettings | None = None
    preset: Path | None = None

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "kind": self.kind}


@dataclass(frozen=True)
class PresetPredictor:
    """A preset's settings as the edit of every picture: what it leaves out is neutral."""

    path: Path
    looks: LookLibrary | None = None

    @property
    def process(self) -> int:
        return DEFAULT_PROCESS

    @property
    def panels(self) -> tuple[str, ...]:
        return tuple(PANELS)

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """As AnyPredictor.predict_from."""
        record, _ = read_edit(self.path, shot, self.process, self.looks)
        found = Record(
            record.params, record.process, record.as_shot, look=record.look, held=self.panels
        )
        found.extra["raw"] = raw.name
        return Prediction(raw, found, proxy, shot)


class Models:
    """The models by id, in the order they are shown, and those that are loaded."""

    def __init__(self, settings: StudioSettings, looks: LookLibrary | None = None) -> None:
        self._looks = looks
        self._lock = RLock()
        self._loaded: OrderedDict[str, AnyPredictor] = OrderedDict()
        self._known = {model.id: model for model in list_models(settings)}

    def __iter__(self) -> Iterator[Model]:
        return iter(list(self._known.values()))

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __getitem__(self, name: str) -> Model:
        return self._known[name]

    def add(self, model: Model) -> None:
        """One more to choose from."""
        self._known = {**self._known, model.id: model}

    def predictor(self, name: str) -> AnyPredictor:
        """A model's predictor, loaded when it is first asked for.

        Raises:
            InputError: a file is not what it should be.
        """
        model = self._known[name]
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(model)
                while len(self._loaded) > _LOADED:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(name)
            return self._loaded[name]

    def _load(self, model: Model) -> AnyPredictor:
        if model.preset is not None:
            return PresetPredictor(model.preset, self._looks)
        assert model.settings is not None
        return load_predictor(model.settings)


def list_models(settings: StudioSettings) -> list[Model]:
    """Auto; then each checkpoint, each adapter, several adapters by their weights, each preset.

    Raises:
        InputError: a file cannot be read.
    """
    found = [_model(AUTO, "Auto", settings.predicting(None))]
    for checkpoint in settings.checkpoints:
        content_digest(model_file(checkpoint))
        name = Path(checkpoint).stem
        found.append(_model(CHECKPOINT, name, settings.predicting(checkpoint)))
    if settings.adapters:
        first = settings.checkpoints[0]
        blends: list[tuple[Adapter, ...]] = [(one,) for one in settings.adapters]
        if len(settings.adapters) > 1:
            blends.append(tuple(settings.adapters))
        for blend in blends:
            for one in blend:
                content_digest(model_file(one.path))
            found.append(adapter_model(settings.predicting(first, blend)))
    for path in settings.presets:
        found.append(Model(f"preset-{content_digest(path)[:12]}", path.stem, PRESET, preset=path))
    return found


def checkpoint_model(settings: PredictSettings, name: str) -> Model:
    """A checkpoint as a model."""
    return _model(CHECKPOINT, name, settings)


def adapter_model(settings: PredictSettings, name: str = "") -> Model:
    """A checkpoint with adapters as a model, named after these where it has no name."""
    names = " + ".join(
        one.path.stem if one.weight == 1.0 else f"{one.path.stem}:{one.weight:g}"
        for one in settings.adapters
    )
    return _model(ADAPTER, name or names, settings)


def _model(kind: str, name: str, settings: PredictSettings) -> Model:
    digest = hashlib.blake2b(made_with(settings).edit.encode(), digest_size=6).hexdigest()
    return Model(f"{kind}-{digest}", name, kind, settings)
