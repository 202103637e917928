"""How far the edits of a picture's views lie apart, measured in a training set's spread."""

from collections.abc import Mapping

import torch
from torch import Tensor

from model.losses import BASIC_SHARE, slider_values
from model.mean_edit import mean_edit
from model.panel_loss import distance, weight
from params.outputs import panel_of
from params.ranges import CURVE_NAME, SLIDER_NAMES


def unsteadiness(params_norm: Mapping[str, Tensor], spread: Mapping[str, float]) -> float:
    """Standard deviation over the views, in the training set's spreads.

    The ten sliders and the tone curve count as much as in training against each panel.

    Args:
        params_norm: of the views, sliders [V] and curves [V, K].
        spread: of the training set: model.losses.spread_of, and for what is predicted of panels
            model.panel_loss.panel_spread.
    """
    values = slider_values(params_norm)
    parts = [values[name].double().std() / spread[name] for name in SLIDER_NAMES]
    curve = params_norm[CURVE_NAME].double().std(dim=0).mean() / spread[CURVE_NAME]
    basic = float(torch.stack([*parts, curve]).mean())
    panels = unsteady_panels(params_norm, spread)
    if not panels:
        return basic
    return (BASIC_SHARE * basic + sum(panels.values())) / (BASIC_SHARE + len(panels))


def unsteady_panels(
    params_norm: Mapping[str, Tensor], spread: Mapping[str, float]
) -> dict[str, float]:
    """As unsteadiness(), of each panel that `spread` has sliders or curves of."""
    mean = mean_edit(params_norm)
    found: dict[str, list[float]] = {}
    for name, unit in spread.items():
        if name in (*SLIDER_NAMES, CURVE_NAME) or name not in params_norm:
            continue
        value = params_norm[name].double()
        off = distance(name, value, mean[name].double().expand_as(value))
        deviation = (torch.as_tensor(weight(name, params_norm)) * off).square().sum()
        deviation = (deviation / max(len(value) - 1, 1)).sqrt()
        found.setdefault(panel_of(name), []).append(float(deviation) / unit)
    return {panel: sum(each) / len(each) for panel, each in found.items()}
