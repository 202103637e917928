"""Adapters put onto their base for good: one, or several by weight."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from model.autopilot import AutoPilotRegressor
from model.checkpoint import weights_digest
from model.lora import load_lora, merge_lora
from model.lora_layers import lora_layers
from model.lora_parse import BASIC_HEADS
from model.panel_heads import PanelHead
from params.outputs import PANEL_SLIDERS, Outputs
from params.panels import CHANNEL_CURVES

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Style:
    """What an adapter makes of the panels, and how much of it is wanted."""

    path: Path
    weight: float
    outputs: Outputs
    heads: Mapping[str, PanelHead]


@torch.no_grad()
def blend_lora(
    model: AutoPilotRegressor, adapters: Sequence[tuple[Path, float]], *, force: bool = False
) -> None:
    """Add adapters to the base they were trained on, in place; plain layers are left.

    A layer becomes W + Σ wᵢ·ΔWᵢ, a head H + Σ wᵢ·(Hᵢ − H), so that weights which sum to 1 mix
    the styles. Where the base has no head for a panel, H is one that leaves it neutral. The model
    predicts what any of the styles does; constants are those of the heaviest.

    Args:
        adapters: files, and how much of each.
        force: take adapters that were trained on another base.

    Raises:
        InputError: as load_lora. The model is then not to be used.
    """
    digest = weights_digest(model.state_dict())
    base = _basic_heads(model)
    blended = {name: tensor.clone() for name, tensor in base.items()}
    outputs, heads = model.config.outputs, _panel_heads(model)
    styles = []
    for path, weight in adapters:
        load_lora(model, path, force=force, base_digest=digest)
        for layer in lora_layers(model).values():
            layer.alpha *= weight
        merge_lora(model)
        for name, tensor in _basic_heads(model).items():
            blended[name] += weight * (tensor - base[name])
        styles.append(_Style(path, weight, model.config.outputs, _panel_heads(model)))
        model.load_state_dict(base, strict=False)
        model.use_outputs(outputs, heads)
        model.set_outputs(outputs)  # heads of its own, which the next adapter may change
    model.load_state_dict(blended, strict=False)
    if styles:
        _mix_panels(model, styles)


def _mix_panels(model: AutoPilotRegressor, styles: Sequence[_Style]) -> None:
    model.set_outputs(_mixed(styles))
    for panel, head in _panel_heads(model).items():
        start = {name: tensor.clone() for name, tensor in head.state_dict().items()}
        mixed = {name: tensor.clone() for name, tensor in start.items()}
        for style in styles:
            if panel not in style.heads:
                continue
            own = PanelHead(model.seen, head.fields, head.knots, model.config.heads)
            own.start_neutral()
            own.take_from(style.heads[panel])
            for name, tensor in own.state_dict().items():
                mixed[name] += style.weight * (tensor.to(start[name]) - start[name])
        head.load_state_dict(mixed)


def _mixed(styles: Sequence[_Style]) -> Outputs:
    """What any of the styles predicts, and the heaviest's constants, said where they differ."""
    heaviest = max(styles, key=lambda style: abs(style.weight))
    every = [style.outputs for style in styles]
    constants = heaviest.outputs.constants
    if any(outputs.constants != constants for outputs in every):
        log.info("constants are those of %s, the heaviest adapter", heaviest.path)
    predicted = {name for one in every for name in (*one.sliders, *one.curves)} - {*constants}
    gated = {name for one in every for name in one.gated}
    sliders = tuple(name for name in PANEL_SLIDERS if name in predicted)
    return Outputs(
        sliders=sliders,
        gated=tuple(name for name in sliders if name in gated),
        curves=tuple(name for name in CHANNEL_CURVES if name in predicted),
        one_curve=all(one.one_curve for one in every if one.curves)
        and any(o.curves for o in every),
        free_curve=any(one.free_curve for one in every),
        constants=constants,
    )


def _panel_heads(model: AutoPilotRegressor) -> dict[str, PanelHead]:
    return {panel: model.panel_head(panel) for panel in model.panel_heads}


def _basic_heads(model: AutoPilotRegressor) -> dict[str, Tensor]:
    return {
        name: tensor.clone()
        for name, tensor in model.state_dict().items()
        if name.partition(".")[0] in BASIC_HEADS
    }
