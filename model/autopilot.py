"""AutoPilotRegressor: a preview in, normalised Camera Raw parameters out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from model.backbones import make_backbone
from model.config import FUSIONS, AutoPilotConfig
from model.heads import SlidersHead, ToneCurveHead
from model.metadata_encoder import Concat, FiLM, MetadataEncoder, metadata_batch
from model.panel_heads import Gate, PanelHead, constant_norm, fields_of
from params.outputs import Outputs
from params.ranges import CURVE_NAME, SLIDER_NAMES

# "params_norm": {name: tensor}, and "gates": {name: Gate}.
Answer = dict[str, dict[str, Any]]


class AutoPilotRegressor(nn.Module):
    """One encoder, two heads and one a panel, and optionally the camera's metadata."""

    def __init__(self, config: AutoPilotConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or AutoPilotConfig()
        if config.fusion not in FUSIONS:
            raise ValueError(f"fusion is {config.fusion!r}, not one of {', '.join(FUSIONS)}")
        self.backbone = make_backbone(config.backbone)
        features = self.backbone.features
        self.metadata_encoder: MetadataEncoder | None = None
        self.fusion: FiLM | Concat | None = None
        if config.fusion != "none":
            self.metadata_encoder = MetadataEncoder(config.metadata_features)
            kind = FiLM if config.fusion == "film" else Concat
            self.fusion = kind(features, config.metadata_features)
        self.sliders_head = SlidersHead(features)
        self.tone_head = ToneCurveHead(features, config.knots)
        self.panel_heads = nn.ModuleDict()
        self.constants: dict[str, Tensor] = {}
        self.use_outputs(config.outputs, self._new_heads(config.outputs))

    def forward(self, image: Tensor, metadata: Mapping[str, Tensor] | None = None) -> Answer:
        """Predict.

        Args:
            image: Bx3xSxS, sRGB in 0..1 (model.preprocess.preview_to_tensor); for the backbone
                "statistics" BxN (imaging.picture_statistics).
            metadata: of metadata_batch; None means that nothing is known. A model without
                fusion ignores it.

        Returns:
            {"params_norm": {slider name: [B] in [-1, 1], ..., "ToneCurve": [B, knots]}}, the
            style's constants with it; and "gates": {slider name: Gate} of gated sliders.
        """
        return self.heads(self.backbone(image), metadata)

    def heads(self, features: Tensor, metadata: Mapping[str, Tensor] | None = None) -> Answer:
        """What forward() gives, from the backbone's features [B, F]."""
        if self.fusion is not None and self.metadata_encoder is not None:
            if metadata is None:
                metadata = metadata_batch([{}] * len(features))
            features = self.fusion(features, self.metadata_encoder(metadata))
        sliders = self.sliders_head(features)
        params = dict(zip(SLIDER_NAMES, sliders.unbind(dim=1), strict=True))
        params[CURVE_NAME] = tone = self.tone_head(features)
        gates: dict[str, Gate] = {}
        for head in self.panel_heads.values():
            values, own = head(features, tone)
            params |= values
            gates |= own
        for name, value in self.constants.items():
            params[name] = value.to(features.device).expand(len(features), *value.shape)
        return {"params_norm": params, "gates": gates}

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

    def drop_constants(self) -> None:
        """Give from now on only what is predicted."""
        outputs = self.config.outputs.without_constants()
        self.config, self.constants = replace(self.config, outputs=outputs), {}

    def panel_head(self, panel: str) -> PanelHead:
        """The head of a panel. Raises KeyError where there is none."""
        return cast(PanelHead, self.panel_heads[panel])

    def start_panels_at(self, edits: Mapping[str, Tensor], panels: Iterable[str]) -> None:
        """Make what is new in these panels' heads predict the mean edit of a training set.

        edits: params_norm, sliders [N] and curves [N, knots].
        """
        for panel in panels:
            self.panel_head(panel).start_at(edits)

    def set_outputs(self, outputs: Outputs) -> list[str]:
        """Predict these from now on, and the style's constants.

        Returns:
            the panels with a new head: those that were not predicted, or not in these outputs.
            Of the latter it begins as the head that was there.
        """
        heads, new = self._new_heads(outputs), []
        for panel, head in heads.items():
            old = self.panel_head(panel) if panel in self.panel_heads else None
            if old is not None and old.fields == head.fields:
                head.load_state_dict(old.state_dict())
                continue
            head.start_neutral()
            if old is not None:
                head.take_from(old)
            new.append(panel)
        self.use_outputs(outputs, heads)
        return new

    def use_outputs(self, outputs: Outputs, heads: Mapping[str, PanelHead]) -> None:
        """Predict these with these heads, one a panel."""
        self.config = replace(self.config, outputs=outputs)
        self.constants = constant_norm(outputs)
        self.panel_heads = nn.ModuleDict(heads).train(self.training)

    def _new_heads(self, outputs: Outputs) -> dict[str, PanelHead]:
        features, knots = self.backbone.features, self.config.knots
        return {panel: PanelHead(features, f, knots) for panel, f in fields_of(outputs).items()}
