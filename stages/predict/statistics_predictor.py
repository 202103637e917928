"""A model on statistics applied to RAW files without torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.auto_start import auto_start
from imaging.camera import Shot
from imaging.capture import capture_of
from imaging.metadata import Metadata
from imaging.picture_statistics import picture_statistics
from model.numpy_model import NumpyModel
from stages.predict.prediction import Prediction


@dataclass(frozen=True)
class StatisticsPredictor:
    """Predicts what stages.predict.predictor.Predictor does of the same checkpoint."""

    model: NumpyModel

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
        config = self.model.config
        statistics = picture_statistics(proxy, shot, capture_of(metadata))
        norm = self.model(statistics, auto_start(proxy, shot) if config.starts_at_auto else None)
        return Prediction.of_model(raw, norm, config, proxy, shot)
