"""A model run by NumPy, so that prediction needs no torch.

What model.autopilot does, from the same numbers; tests hold both together. The encoder of a
model that sees pixels is somebody else's: model.prepared brings one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from imaging.picture_statistics import STATISTICS
from model.checkpoint_config import config_of
from model.config import HIDDEN, MINIMUM_RISE, START_EDGE, STATISTICS_LIMIT, AutoPilotConfig
from model.hub import model_file
from model.panel_fields import (
    CURVE,
    GATED,
    HUE,
    Field,
    constant_values,
    fields_of,
    neutral_norm,
    places_of,
)
from model.recorded_numbers import (
    CAMERA_BUCKETS,
    CAMERA_FEATURES,
    CENTRES,
    NUMBERS,
    SCALES,
    camera_bucket,
    recorded_number,
)
from model.stored_tensors import StoredTensors
from params.files import InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES

_erf = np.frompyfunc(math.erf, 1, 1)


# A model input [3, S, S] float32 in 0..1 -> the pooled features [F].
Encoder = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class NumpyModel:
    """A model.

    state: its tensors by name, float32; of a model with an encoder those behind it.
    encoder: of a model that sees pixels; None: it sees statistics.
    """

    config: AutoPilotConfig
    state: Mapping[str, np.ndarray]
    encoder: Encoder | None = None

    @classmethod
    def load(cls, path: Path | str) -> "NumpyModel | None":
        """A checkpoint, if its model is one that NumPy runs; None where torch has to see.

        path: a file, or a name on the Hub (see model.hub).

        Raises:
            InputError: such a model, but damaged or unsafe.
        """
        path = model_file(path)
        try:
            stored = StoredTensors(path)
            config = config_of(path, stored.content)
        except InputError:  # torch reads more kinds of files, and names what is wrong
            return None
        if not runs(config):
            return None
        shapes = tensor_shapes(config, len(STATISTICS))
        return cls(config, stored.arrays(shapes, stored.content["model"]))

    def without_constants(self) -> "NumpyModel":
        """The same, giving only what is predicted."""
        outputs = self.config.outputs.without_constants()
        return replace(self, config=replace(self.config, outputs=outputs))

    def __call__(
        self,
        seen: np.ndarray,
        start: np.ndarray | None = None,
        recorded: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Predict, as AutoPilotRegressor in eval mode.

        Args:
            seen: statistics [N] (imaging.picture_statistics), or what the encoder takes.
            start: of a model of differences to it, the automatic edit's sliders in [-1, 1].
            recorded: how the picture was taken (imaging.capture), for models that learn from it.

        Returns:
            params_norm of one picture: numbers, and curves as arrays.

        Raises:
            ValueError: there is no start, and the model predicts differences to it.
        """
        return self.heads(self.features(seen), start, recorded)

    def features(self, seen: np.ndarray) -> np.ndarray:
        """What the backbone gives [F]."""
        if self.encoder is not None:
            return self.encoder(seen)
        standard = (seen - self.state["backbone.center"]) / self.state["backbone.scale"]
        standard = standard.clip(-STATISTICS_LIMIT, STATISTICS_LIMIT)
        return self._linear("backbone.mix", standard.astype(np.float64))

    def heads(
        self,
        features: np.ndarray,
        start: np.ndarray | None = None,
        recorded: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What __call__ gives, from the backbone's features [F]."""
        features = self._fused(features.astype(np.float64), recorded or {})
        latent = np.zeros(len(SLIDER_NAMES))
        if self.config.starts_at_auto:
            if start is None:
                raise ValueError("the model predicts differences to the automatic edit")
            latent = np.arctanh(start.astype(np.float64).clip(-START_EDGE, START_EDGE))
            features = np.concatenate([features, latent])
        sliders = np.tanh(self._head("sliders_head", features) + latent)
        values: dict[str, Any] = dict(zip(SLIDER_NAMES, sliders.tolist(), strict=True))
        rises = np.logaddexp(0.0, self._head("tone_head", features)) + MINIMUM_RISE
        curve = np.cumsum(rises)
        values[CURVE_NAME] = tone = (curve - curve[0]) / (curve[-1] - curve[0])
        for panel, fields in fields_of(self.config.outputs).items():
            raw = self._head(f"panel_heads.{panel}", features)
            for field, place in places_of(fields, self.config.knots).items():
                values |= dict.fromkeys(field.names, _value(field, raw[place], tone))
        return values | {n: np.asarray(v) for n, v in constant_values(self.config.outputs).items()}

    def _fused(self, features: np.ndarray, recorded: Mapping[str, Any]) -> np.ndarray:
        """Features joined with how the picture was taken."""
        if self.config.fusion == "none":
            return features
        numbers = np.array([recorded_number(recorded, name) for name in NUMBERS])
        known = np.isfinite(numbers)
        scaled = (np.log2(np.where(known, numbers, 1.0)) - CENTRES) / SCALES
        camera = self.state["metadata_encoder.camera.weight"][camera_bucket(recorded.get("camera"))]
        given = np.concatenate([np.where(known, scaled, 0.0), known, camera])
        hidden = _gelu(self._linear("metadata_encoder.mlp.0", given))
        told = self._linear("metadata_encoder.mlp.2", hidden)
        if self.config.fusion == "film":
            gamma, beta = np.split(self._linear("fusion.proj", told), 2)
            return features * (1.0 + gamma) + beta
        return self._linear("fusion.proj", np.concatenate([features, told]))

    def _head(self, name: str, features: np.ndarray) -> np.ndarray:
        """What a head's last layer gives: [rows]."""
        hidden = features
        if self.config.heads == "mlp":
            for layer in (0, 2):
                hidden = _gelu(self._linear(f"{name}.mlp.{layer}", hidden))
        return self._linear(f"{name}.proj", hidden)

    def _linear(self, name: str, values: np.ndarray) -> np.ndarray:
        return self.state[f"{name}.weight"] @ values + self.state[f"{name}.bias"]


def runs(config: AutoPilotConfig) -> bool:
    """Whether NumPy runs models of this kind from their checkpoint."""
    return config.backbone.sees_statistics


def _gelu(values: np.ndarray) -> np.ndarray:
    return values * 0.5 * (1.0 + np.asarray(_erf(values / math.sqrt(2.0)), np.float64))


def _value(field: Field, raw: np.ndarray, tone: np.ndarray) -> Any:
    """What a field's rows mean."""
    if field.kind == CURVE:
        line = np.linspace(0.0, 1.0, len(tone))
        return (raw + (tone if field.name == CURVE_NAME else line)).clip(0.0, 1.0)
    if field.kind == HUE:
        return math.atan2(raw[1], raw[0]) / math.pi
    if field.kind == GATED and not raw[1] > 0.0:
        return neutral_norm(field.name)
    return math.tanh(raw[0])


def tensor_shapes(config: AutoPilotConfig, features: int) -> dict[str, tuple[int, ...]]:
    """The tensors of a model whose backbone gives so many features; without those of an encoder."""
    shapes: dict[str, tuple[int, ...]] = {}
    if config.backbone.sees_statistics:
        shapes["backbone.center"] = shapes["backbone.scale"] = (features,)
        shapes |= _linear_shapes("backbone.mix", features, features)
    if config.fusion != "none":
        told = config.metadata_features
        shapes["metadata_encoder.camera.weight"] = (CAMERA_BUCKETS, CAMERA_FEATURES)
        shapes |= _linear_shapes("metadata_encoder.mlp.0", 2 * len(NUMBERS) + CAMERA_FEATURES, told)
        shapes |= _linear_shapes("metadata_encoder.mlp.2", told, told)
        film = config.fusion == "film"
        sizes = (told, 2 * features) if film else (features + told, features)
        shapes |= _linear_shapes("fusion.proj", *sizes)
    seen = features + (len(SLIDER_NAMES) if config.starts_at_auto else 0)
    heads = {"sliders_head": len(SLIDER_NAMES), "tone_head": config.knots}
    for panel, fields in fields_of(config.outputs).items():
        heads[f"panel_heads.{panel}"] = sum(field.rows(config.knots) for field in fields)
    for name, rows in heads.items():
        last = seen
        if config.heads == "mlp":
            shapes |= _linear_shapes(f"{name}.mlp.0", seen, HIDDEN[0])
            shapes |= _linear_shapes(f"{name}.mlp.2", HIDDEN[0], HIDDEN[1])
            last = HIDDEN[1]
        shapes |= _linear_shapes(f"{name}.proj", last, rows)
    return shapes


def _linear_shapes(name: str, inputs: int, rows: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, inputs), f"{name}.bias": (rows,)}
