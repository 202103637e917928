"""A trained model applied to RAW files on the CPU without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imaging.auto_start import auto_start
from imaging.camera import Shot
from imaging.capture import capture_of
from imaging.metadata import Metadata
from imaging.picture_statistics import picture_statistics
from imaging.preview import make_preview
from model.numpy_input import preview_to_input
from model.numpy_model import NumpyModel
from stages.predict.prediction import Prediction, add_confidence

if TYPE_CHECKING:
    from model.confidence import Confidence


@dataclass(frozen=True)
class NumpyPredictor:
    """Predicts what stages.predict.predictor.Predictor does with the same files.

    confidence: where it is known, records carry it in `extra`; for it torch is loaded.
    """

    model: NumpyModel
    confidence: "Confidence | None" = None

    @property
    def process(self) -> int:
        return self.model.config.process

    @property
    def panels(self) -> tuple[str, ...]:
        return self.model.config.outputs.panels

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """The edit of a RAW file that has been read; as AnyPredictor.predict_from."""
        config, recorded = self.model.config, capture_of(metadata)
        seen = self._seen(proxy, shot, recorded)
        features = self.model.features(seen)
        start = auto_start(proxy, shot) if config.starts_at_auto else None
        norm = self.model.heads(features, start, recorded)
        found = Prediction.of_model(raw, norm, config, proxy, shot)
        if self.confidence:
            from model.confidence import predict_views_by_numpy

            own, views = predict_views_by_numpy(self.model, seen, features, start, recorded)
            add_confidence(found.record, self.confidence, own, views)
        return found

    def _seen(self, proxy: np.ndarray, shot: Shot, recorded: Mapping[str, Any]) -> np.ndarray:
        """What the model sees of a picture."""
        backbone = self.model.config.backbone
        if backbone.sees_statistics:
            return picture_statistics(proxy, shot, recorded)
        return preview_to_input(make_preview(proxy), backbone.image_size)
