"""What samples of a manifest hold: what a model learns from."""

from dataclasses import dataclass

from model.config import AutoPilotConfig
from params.outputs import BASIC_OUTPUTS, Outputs
from params.ranges import CURVE_KNOTS


@dataclass(frozen=True)
class SampleSettings:
    """What samples hold.

    Attributes:
        image_size: side of the model's input, pixels.
        statistics: the model sees statistics of the RAW file instead.
        start: whether samples have the automatic edit that the model's is a difference to.
        knots: of the tone curve.
        process, masks: of the edits; entries fitted for others are left out.
        edit_resolution: long side of the RAW/TIFF pair, pixels; None: no pairs.
        metadata: whether samples say how the picture was taken.
        outputs: what of the edits; the style's constants as each picture has them.
    """

    image_size: int
    knots: int = CURVE_KNOTS
    process: int = 1
    masks: str = "plain"
    edit_resolution: int | None = None
    metadata: bool = False
    outputs: Outputs = BASIC_OUTPUTS
    statistics: bool = False
    start: bool = False

    @classmethod
    def of_model(
        cls, config: AutoPilotConfig, edit_resolution: int | None = None
    ) -> "SampleSettings":
        """What a model learns from."""
        return cls(
            image_size=config.backbone.image_size,
            knots=config.knots,
            process=config.process,
            masks=config.masks,
            edit_resolution=edit_resolution,
            metadata=config.fusion != "none",
            outputs=config.outputs,
            statistics=config.backbone.sees_statistics,
            start=config.starts_at_auto,
        )
