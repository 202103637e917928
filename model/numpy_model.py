"""A model on statistics run by NumPy, so that prediction needs no torch.

What model.autopilot does for such a model, from the same files; tests hold both together.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from imaging.picture_statistics import STATISTICS
from model.checkpoint_config import config_of
from model.config import HIDDEN, MINIMUM_RISE, STATISTICS_LIMIT, AutoPilotConfig
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
from model.stored_tensors import StoredTensors
from params.files import InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES

_erf = np.frompyfunc(math.erf, 1, 1)


@dataclass(frozen=True)
class NumpyModel:
    """A model that sees statistics.

    state: its tensors by name, float32.
    """

    config: AutoPilotConfig
    state: Mapping[str, np.ndarray]

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
        return cls(config, stored.arrays(_shapes(config), stored.content["model"]))

    def without_constants(self) -> "NumpyModel":
        """The same, giving only what is predicted."""
        outputs = self.config.outputs.without_constants()
        return NumpyModel(replace(self.config, outputs=outputs), self.state)

    def __call__(self, statistics: np.ndarray) -> dict[str, Any]:
        """Predict, as AutoPilotRegressor in eval mode.

        Args:
            statistics: float [N] (imaging.picture_statistics).

        Returns:
            params_norm of one picture: numbers, and curves as arrays.
        """
        state = self.state
        standard = (statistics - state["backbone.center"]) / state["backbone.scale"]
        standard = standard.clip(-STATISTICS_LIMIT, STATISTICS_LIMIT)
        features = self._linear("backbone.mix", standard.astype(np.float64))
        values: dict[str, Any] = dict(
            zip(SLIDER_NAMES, np.tanh(self._head("sliders_head", features)).tolist(), strict=True)
        )
        rises = np.logaddexp(0.0, self._head("tone_head", features)) + MINIMUM_RISE
        curve = np.cumsum(rises)
        values[CURVE_NAME] = tone = (curve - curve[0]) / (curve[-1] - curve[0])
        for panel, fields in fields_of(self.config.outputs).items():
            raw = self._head(f"panel_heads.{panel}", features)
            for field, place in places_of(fields, self.config.knots).items():
                values |= dict.fromkeys(field.names, _value(field, raw[place], tone))
        return values | {n: np.asarray(v) for n, v in constant_values(self.config.outputs).items()}

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
    """Whether NumPy runs models of this kind."""
    return config.backbone.sees_statistics and config.fusion == "none" and not config.starts_at_auto


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


def _shapes(config: AutoPilotConfig) -> dict[str, tuple[int, ...]]:
    """The tensors that a checkpoint of this model holds."""
    count = len(STATISTICS)
    shapes: dict[str, tuple[int, ...]] = {"backbone.center": (count,), "backbone.scale": (count,)}

    def linear(name: str, inputs: int, rows: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (rows, inputs), (rows,)

    linear("backbone.mix", count, count)
    heads = {"sliders_head": len(SLIDER_NAMES), "tone_head": config.knots}
    for panel, fields in fields_of(config.outputs).items():
        heads[f"panel_heads.{panel}"] = sum(field.rows(config.knots) for field in fields)
    for name, rows in heads.items():
        last = count
        if config.heads == "mlp":
            linear(f"{name}.mlp.0", count, HIDDEN[0])
            linear(f"{name}.mlp.2", HIDDEN[0], HIDDEN[1])
            last = HIDDEN[1]
        linear(f"{name}.proj", last, rows)
    return shapes
