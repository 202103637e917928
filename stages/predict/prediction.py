"""What all kinds of predictors have in common, whether they need torch or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from model.config import AutoPilotConfig
from params.edit_numbers import denormalize_edit
from params.files import InputError
from params.record import Record

if TYPE_CHECKING:
    from torch import Tensor

    from model.confidence import Confidence

# In the `extra` of a record that is made consistent with others: {"first": the name of its scene's
# first frame, "frames": how many these are}.
SCENE = "scene"


@dataclass(frozen=True)
class Prediction:
    """One picture's edit, with its RAW at proxy size and its camera's colour."""

    raw: Path
    record: Record
    proxy: np.ndarray
    shot: Shot

    @classmethod
    def of_model(
        cls,
        raw: Path,
        norm: Mapping[str, Any],
        config: AutoPilotConfig,
        proxy: np.ndarray,
        shot: Shot,
    ) -> "Prediction":
        """From a model's params_norm of one picture: numbers, arrays or tensors on the CPU.

        Raises:
            InputError: they aren't finite.
        """
        if not all(np.isfinite(np.asarray(value)).all() for value in norm.values()):
            raise InputError(f"{raw}: the model's prediction is not finite")
        record = Record(
            params=denormalize_edit(norm),
            process=config.process,
            masks=config.masks,
            as_shot=shot.as_shot(),
            extra={"raw": raw.name},
            held=config.outputs.panels,
        )
        return cls(raw, record, proxy, shot)


def add_confidence(
    record: Record, confidence: "Confidence", features: "Tensor", views: "Mapping[str, Tensor]"
) -> None:
    """Note in a record's `extra` how far to trust it, on the whole and by panel.

    features, views: of model.confidence.predict_views, on the CPU.
    """
    record.extra["confidence"] = round(confidence.of(features, views), 3)
    if panels := confidence.of_panels(views):
        by_panel = {panel: round(value, 3) for panel, value in panels.items()}
        record.extra["confidence_by_panel"] = by_panel


class AnyPredictor(Protocol):
    """What predicts edits of RAW files; stages.predict.load_predictor chooses one."""

    @property
    def process(self) -> int:
        """The edit process of its edits, for which a RAW file is to be decoded."""

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels that its edits hold, names of params.panels.PANELS."""

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """The edit of a RAW file that has been read.

        Args:
            proxy: HxWx3 float32 linear ProPhoto as decoded for `process`.

        Raises:
            InputError: no edit can be told for it.
        """
