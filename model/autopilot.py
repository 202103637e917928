"""AutoPilotRegressor: a preview in, normalised Camera Raw parameters out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from model.backbones import BackboneConfig, ImageBackbone
from model.heads import SlidersHead, ToneCurveHead
from model.metadata_encoder import Concat, FiLM, MetadataEncoder, metadata_batch
from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDER_NAMES

FUSIONS = ("none", "film", "concat")


@dataclass(frozen=True)
class AutoPilotConfig:
    """What a checkpoint must say so that the model can be made and used again.

    knots: of the tone curve.
    fusion: how camera metadata joins the picture's features: "none", "film" or "concat".
    process, masks: the edit process that the predicted numbers belong to, and its masks.
    The defaults are those of the published checkpoints.
    """

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    knots: int = CURVE_KNOTS
    fusion: str = "none"
    metadata_features: int = 64
    process: int = 1
    masks: str = "plain"


class AutoPilotRegressor(nn.Module):
    """One encoder, two heads, and optionally the camera's metadata."""

    def __init__(self, config: AutoPilotConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or AutoPilotConfig()
        if config.fusion not in FUSIONS:
            raise ValueError(f"fusion is {config.fusion!r}, not one of {', '.join(FUSIONS)}")
        self.backbone = ImageBackbone(config.backbone)
        features = self.backbone.features
        self.metadata_encoder: MetadataEncoder | None = None
        self.fusion: FiLM | Concat | None = None
        if config.fusion != "none":
            self.metadata_encoder = MetadataEncoder(config.metadata_features)
            kind = FiLM if config.fusion == "film" else Concat
            self.fusion = kind(features, config.metadata_features)
        self.sliders_head = SlidersHead(features)
        self.tone_head = ToneCurveHead(features, config.knots)

    def forward(
        self, image: Tensor, metadata: Mapping[str, Tensor] | None = None
    ) -> dict[str, dict[str, Tensor]]:
        """Predict.

        Args:
            image: Bx3xSxS, sRGB in 0..1 (model.preprocess.preview_to_tensor).
            metadata: of metadata_batch; None means that nothing is known. A model without
                fusion ignores it.

        Returns:
            {"params_norm": {slider name: [B] in [-1, 1], ..., "ToneCurve": [B, knots]}}
        """
        return self.heads(self.backbone(image), metadata)

    def heads(
        self, features: Tensor, metadata: Mapping[str, Tensor] | None = None
    ) -> dict[str, dict[str, Tensor]]:
        """What forward() gives, from the backbone's features [B, F]."""
        if self.fusion is not None and self.metadata_encoder is not None:
            if metadata is None:
                metadata = metadata_batch([{}] * len(features))
            features = self.fusion(features, self.metadata_encoder(metadata))
        sliders = self.sliders_head(features)
        params = dict(zip(SLIDER_NAMES, sliders.unbind(dim=1), strict=True))
        return {"params_norm": params | {CURVE_NAME: self.tone_head(features)}}

    @torch.no_grad()
    def start_at(self, params_norm: Mapping[str, Tensor]) -> None:
        """Make a fresh model predict this edit, whatever the picture.

        Training then begins at, say, the training set's mean edit, not at tanh(0), which for
        Temperature is 26,000 K.

        Args:
            params_norm: sliders [] in [-1, 1] and ToneCurve [knots].
        """
        sliders = torch.stack([params_norm[name].float() for name in SLIDER_NAMES])
        self.sliders_head.start_at(sliders)
        self.tone_head.start_at(params_norm[CURVE_NAME].float())
