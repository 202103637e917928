"""Auto as a predictor: no weights, no torch. The formulas are in params.auto_edit."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.auto_tone import auto_tone
from imaging.auto_white import auto_white_balance
from imaging.camera import Shot
from imaging.metadata import Metadata
from params.auto_edit import PROCESS, auto_edit
from params.panels import BASIC
from params.record import Record
from stages.predict.prediction import Prediction


@dataclass(frozen=True)
class AutoPredictor:
    """Auto for RAW files.

    white_balance: find one for each picture; else it stays as shot.
    """

    white_balance: bool = False

    @property
    def process(self) -> int:
        return PROCESS

    @property
    def panels(self) -> tuple[str, ...]:
        return (BASIC.name,)

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """The edit of a RAW file that has been read; as AnyPredictor.predict_from."""
        as_shot = shot.as_shot()
        white = auto_white_balance(proxy, shot) if self.white_balance else None
        record = Record(
            params=auto_edit(auto_tone(proxy, shot), as_shot, white),
            process=self.process,
            as_shot=as_shot,
            extra={"raw": raw.name},
            held=self.panels,
        )
        return Prediction(raw, record, proxy, shot)
