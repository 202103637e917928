"""What a checkpoint must say so that its model can be made and used again; nothing of torch."""

from dataclasses import dataclass, field

from params.outputs import BASIC_OUTPUTS, Outputs
from params.ranges import CURVE_KNOTS

POOLINGS = ("auto", "token", "mean")
FUSIONS = ("none", "film", "concat")
# What the ten sliders are a difference to: nothing, or each picture's automatic edit.
NO_RESIDUAL, AUTO_RESIDUAL = "none", "auto"
RESIDUALS = (NO_RESIDUAL, AUTO_RESIDUAL)
HEAD_KINDS = ("mlp", "linear")
# The backbone that sees imaging.picture_statistics of a picture, and no pixels.
STATISTICS_BACKBONE = "statistics"
# Its numbers, less their mean and by their spread over the training set, are limited to this: a
# picture beyond it is told from the rest of them.
STATISTICS_LIMIT = 3.0
# Of each head: the hidden layers; the smallest rise between two knots of the rising curve before
# scaling, so that it never becomes flat.
HIDDEN = (256, 128)
MINIMUM_RISE = 1e-4
# What preview_to_tensor does, as checkpoints name it.
RESIZE = "squash, bicubic, antialiased"
NORMALISATION = "none"


@dataclass(frozen=True)
class BackboneConfig:
    """Which encoder.

    name: a timm model name, or STATISTICS_BACKBONE, which has no other settings.
    pretrained: start from timm's published weights (downloaded).
    image_size: side of the square input in pixels.
    pooling: "token" (the class token), "mean" (over patches or space), or "auto": the class
        token where the encoder has one.
    """

    name: str = "vit_small_patch16_224"
    pretrained: bool = False
    image_size: int = 224
    pooling: str = "auto"

    @property
    def sees_statistics(self) -> bool:
        """Whether the input is a picture's statistics, not its preview."""
        return self.name == STATISTICS_BACKBONE


@dataclass(frozen=True)
class AutoPilotConfig:
    """A model.

    knots: of the tone curve.
    fusion: how camera metadata joins the picture's features: "none", "film" or "concat".
    process, masks: the edit process that the predicted numbers belong to, and its masks.
    outputs: what is predicted beside the ten sliders and the tone curve, and constants.
    residual: one of RESIDUALS. With "auto" heads also see the automatic edit.
    heads: one of HEAD_KINDS: with two hidden layers, or linear.
    The defaults are those of the published checkpoints.
    """

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    knots: int = CURVE_KNOTS
    fusion: str = "none"
    metadata_features: int = 64
    process: int = 1
    masks: str = "plain"
    outputs: Outputs = BASIC_OUTPUTS
    residual: str = NO_RESIDUAL
    heads: str = "mlp"

    @property
    def starts_at_auto(self) -> bool:
        """Whether the sliders are differences to each picture's automatic edit."""
        return self.residual != NO_RESIDUAL
