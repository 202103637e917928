"""AutoPilotRegressor: a preview in, normalised Camera Raw parameters out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from model.backbones import make_backbone
from model.config import FUSIONS, RESIDUALS, AutoPilotConfig
from model.heads import SlidersHead, ToneCurveHead, latent_start
from model.metadata_encoder import Concat, FiLM, MetadataEncoder, metadata_batch
from model.panel_fields import fields_of
from model.panel_heads import Gate, PanelHead, constant_norm
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
        if config.residual not in RESIDUALS:
            raise ValueError(f"residual is {config.residual!r}, not one of {', '.join(RESIDUALS)}")
        # Heads see where a picture starts: beside its features.
        self.seen = features + (len(SLIDER_NAMES) if config.starts_at_auto else 0)
        self.sliders_head = SlidersHead(self.seen, config.heads)
        self.tone_head = ToneCurveHead(self.seen, config.knots, config.heads)
        self.panel_heads = nn.ModuleDict()
        self.constants: dict[str, Tensor] = {}
        self.use_outputs(config.outputs, self._new_heads(config.outputs))

    def forward(
        self,
        image: Tensor,
        metadata: Mapping[str, Tensor] | None = None,
        start: Tensor | None = None,
    ) -> Answer:
        """Predict.

        Args:
            image: Bx3xSxS, sRGB in 0..1 (model.preprocess.preview_to_tensor); for the backbone
                "statistics" BxN (imaging.picture_statistics).
            metadata: of metadata_batch; None means that nothing is known. A model without
                fusion ignores it.
            start: the sliders of each picture's automatic edit, [B, 10] in [-1, 1]. A model that
                predicts no difference to it ignores it.

        Returns:
            {"params_norm": {slider name: [B] in [-1, 1], ..., "ToneCurve": [B, knots]}}, the
            style's constants with it; and "gates": {slider name: Gate} of gated sliders.
        """
        return self.heads(self.backbone(image), metadata, start)

    def heads(
        self,
        features: Tensor,
        metadata: Mapping[str, Tensor] | None = None,
        start: Tensor | None = None,
    ) -> Answer:
        """What forward() gives, from the backbone's features [B, F].

        Raises:
            ValueError: the model predicts differences to a start, and there is none.
        """
        if self.fusion is not None and self.metadata_encoder is not None:
            if metadata is None:
                metadata = metadata_batch([{}] * len(features))
            features = self.fusion(features, self.metadata_encoder(metadata))
        features, latent = self.seen_by_heads(features, start)
        sliders = self.sliders_head(features, latent)
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

    def seen_by_heads(self, features: Tensor, start: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """What the heads see [B, seen], and what the sliders' head adds to."""
        if not self.config.starts_at_auto:
            return features, None
        if start is None:
            raise ValueError("the model predicts differences to the automatic edit: none is given")
        latent = latent_start(start)
        return torch.cat([features, latent.to(features)], dim=1), latent

    @torch.no_grad()
    def start_at(self, params_norm: Mapping[str, Tensor], start: Tensor | None = None) -> None:
        """Make a fresh model predict this edit, whatever the picture.

        Training then begins at, say, the training set's mean edit, not at tanh(0), which for
        Temperature is 26,000 K.

        Args:
            params_norm: sliders [] in [-1, 1] and ToneCurve [knots].
            start: of a model of differences to it, the automatic edits of the training set
                [N, 10]; it then begins with the mean difference.
        """
        sliders = torch.stack([params_norm[name].float() for name in SLIDER_NAMES])
        self.sliders_head.start_at(sliders, None if start is None else latent_start(start))
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
        knots, kind = self.config.knots, self.config.heads
        fields = fields_of(outputs)
        return {panel: PanelHead(self.seen, f, knots, kind) for panel, f in fields.items()}
