"""Linear heads solved at once: what a few edits bear, in the weights that any model file has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model.autopilot import AutoPilotRegressor
from model.heads import latent_curve, latent_sliders
from model.panel_heads import CURVE, GATED, HUE, SLIDER, Field, PanelHead, is_moved
from model.solve.ridge import Ridge, ridge
from params.outputs import HUES
from params.ranges import CURVE_NAME, SLIDER_NAMES, normalize_tone_curve

Norm = Mapping[str, Tensor]
# What the logit of a gate is fitted to where a slider is moved, and its negative where not.
_OPEN = 2.0
# Groups that have moved a gated slider, fewer of which are only averaged.
_FEWEST = 5


@dataclass(frozen=True)
class Learnt:
    """How well outputs are predicted of edits that were left out, by name.

    errors: in those of the mean edit. from_auto: of a model of differences, what part of the
    automatic edit is in each slider in which that differs from picture to picture.
    """

    errors: dict[str, float]
    from_auto: dict[str, float]


@torch.no_grad()
def solve_heads(
    model: AutoPilotRegressor,
    features: Tensor,
    edits: Norm,
    groups: Tensor,
    start: Tensor | None = None,
) -> Learnt:
    """Solve a model's linear heads by ridge regression; the backbone stays as it is.

    Outputs are fitted where they are before tanh (softplus for the tone curve). What cannot be told
    from the features stays at its mean.

    Args:
        features: of the backbone, [N, F].
        edits: params_norm, sliders [N] and curves [N, knots].
        groups: [N], edits that count as one.
        start: automatic edits [N, 10], for a model of differences to them.

    Raises:
        ValueError: the heads are not linear.
    """
    if model.config.heads != "linear":
        raise ValueError(f"heads are {model.config.heads!r}, not linear")
    seen, latent = model.seen_by_heads(features, start)
    sliders = torch.stack([edits[name] for name in SLIDER_NAMES], dim=1)
    targets = latent_sliders(sliders.double())
    offsets = [torch.zeros_like(targets)] + ([] if latent is None else [latent])
    found = ridge(seen, targets, groups, offsets)
    weight, from_auto = found.weight, {}
    if latent is not None:
        # The head adds to all of the start: what is not wanted of it is taken off again.
        weight = weight.clone()
        own = range(seen.shape[1] - len(SLIDER_NAMES), seen.shape[1])
        weight[range(len(SLIDER_NAMES)), own] -= found.shares[:, 0]
        varies = (latent != latent[0]).any(dim=0)
        from_auto = {
            name: float(found.shares[i, 1]) for i, name in enumerate(SLIDER_NAMES) if varies[i]
        }
    _put(model.sliders_head.proj, weight, found.bias)
    errors = dict(zip(SLIDER_NAMES, found.errors.tolist(), strict=True))
    rising = torch.stack([_rising(curve) for curve in edits[CURVE_NAME]])
    curves = latent_curve(rising)
    tone = ridge(seen, curves, groups, blocks=[range(curves.shape[1])])
    _put(model.tone_head.proj, tone.weight, tone.bias)
    errors[CURVE_NAME] = float(tone.errors.mean())
    for panel in model.panel_heads:
        errors |= _solve_panel(model.panel_head(panel), seen, edits, groups, rising)
    return Learnt(errors, from_auto)


def _solve_panel(
    head: PanelHead, seen: Tensor, edits: Norm, groups: Tensor, rising: Tensor
) -> dict[str, float]:
    errors = {}
    for field, place in head.places().items():
        found = _BY_KIND[field.kind](field, seen, edits, groups, rising)
        head.proj.weight[place] = found.weight.to(head.proj.weight)
        head.proj.bias[place] = found.bias.to(head.proj.bias)
        errors[field.name] = float(found.errors.mean())
    return errors


def _slider(field: Field, seen: Tensor, edits: Norm, groups: Tensor, _: Tensor) -> Ridge:
    return ridge(seen, latent_sliders(edits[field.name].double())[:, None], groups)


def _gated(field: Field, seen: Tensor, edits: Norm, groups: Tensor, _: Tensor) -> Ridge:
    """Two rows: the value, of pictures that move the slider, and the logit of moving it."""
    moved = is_moved(edits[field.name], field.name)
    gate = ridge(seen, torch.where(moved, _OPEN, -_OPEN)[:, None], groups)
    weight, bias = torch.zeros_like(gate.weight), torch.zeros_like(gate.bias)
    if moved.any():
        values, own = latent_sliders(edits[field.name][moved].double())[:, None], groups[moved]
        bias = values.mean(dim=0)
        if len(own.unique()) >= _FEWEST:
            value = ridge(seen[moved], values, own)
            weight, bias = value.weight, value.bias
    return Ridge(
        torch.cat([weight, gate.weight]), torch.cat([bias, gate.bias]), gate.shares, gate.errors
    )


def _hue(field: Field, seen: Tensor, edits: Norm, groups: Tensor, _: Tensor) -> Ridge:
    """A vector as long as the hue's saturation: without any it says nothing."""
    angle = edits[field.name].double() * torch.pi
    saturation = edits.get(HUES[field.name])
    length = 1.0 if saturation is None else (saturation.double() + 1.0)[:, None]
    vector = torch.stack([angle.cos(), angle.sin()], dim=1) * length
    return ridge(seen, vector, groups, blocks=[(0, 1)])


def _curve(field: Field, seen: Tensor, edits: Norm, groups: Tensor, rising: Tensor) -> Ridge:
    """What is added to the tone head's curve, or to a straight line."""
    wanted = edits[field.name].double()
    line = torch.linspace(0.0, 1.0, wanted.shape[1], dtype=torch.float64)
    base = rising if field.name == CURVE_NAME else line
    return ridge(seen, wanted - base, groups, blocks=[range(wanted.shape[1])])


_Solver = Callable[[Field, Tensor, Norm, Tensor, Tensor], Ridge]
_BY_KIND: dict[str, _Solver] = {SLIDER: _slider, GATED: _gated, HUE: _hue, CURVE: _curve}


def _rising(curve: Tensor) -> Tensor:
    return torch.from_numpy(normalize_tone_curve(curve.double().numpy(), len(curve)))


def _put(layer: torch.nn.Linear, weight: Tensor, bias: Tensor) -> None:
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
