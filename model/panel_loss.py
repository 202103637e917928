"""How far a prediction is off in the panels beside the basic one."""

from collections.abc import Mapping
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.mean_edit import mean_edit
from model.panel_fields import neutral_norm
from model.panel_heads import Gate, is_moved
from params.outputs import HUES, PARENTS, Outputs, panel_of

# The least spread that errors are measured in: a part of what a slider's move of a quarter of its
# range is, or of a curve's of 0.1.
SMALLEST_SLIDER, SMALLEST_CURVE = 0.25 * 0.5, 0.25 * 0.1
_LEAST_ENTROPY = 0.1  # of a gate that hardly ever opens
Norm = Mapping[str, Tensor]


class PanelLoss(nn.Module):
    """Mean errors of each panel's outputs; 1 is what the best edit alike for all pictures costs.

    Errors are measured in the spread of a training set, hues along their circle. What does nothing
    while another slider is neutral counts by how far that one is moved. A gated slider counts half
    by its gate (cross entropy, in that of the share of pictures that move it), half by its value
    where it is moved.

    Args:
        outputs: of the model.
        edits: of the training set, params_norm: sliders [N], curves [N, K].
    """

    def __init__(self, outputs: Outputs, edits: Norm) -> None:
        super().__init__()
        self.outputs = outputs
        self.names = (*outputs.sliders, *outputs.curves)
        self.spread: Tensor
        self.entropy: Tensor
        spreads = [_spread(name, outputs, edits) for name in self.names]
        entropies = [
            _entropy(edits[name], name) if name in outputs.gated else 1.0 for name in self.names
        ]
        self.register_buffer("spread", torch.tensor(spreads))
        self.register_buffer("entropy", torch.tensor(entropies))

    def forward(self, predicted: Norm, wanted: Norm, gates: Mapping[str, Gate]) -> Tensor:
        """The mean error of each panel, [B, panels].

        Args:
            predicted, wanted: params_norm; sliders [B], curves [B, K].
            gates: of the gated sliders.
        """
        panels: dict[str, list[Tensor]] = {}
        for i, name in enumerate(self.names):
            if name in gates:
                error = self._gated(gates[name], wanted[name], i)
            else:
                off = weight(name, wanted) * distance(name, predicted[name], wanted[name])
                error = off / self.spread[i]
            panels.setdefault(panel_of(name), []).append(error)
        means = [torch.stack(errors).mean(dim=0) for errors in panels.values()]
        return torch.stack(means, dim=1)

    def _gated(self, gate: Gate, wanted: Tensor, i: int) -> Tensor:
        moved = is_moved(wanted, self.names[i]).to(wanted)
        wrong = F.binary_cross_entropy_with_logits(gate.logit, moved, reduction="none")
        off = moved * (gate.value - wanted).abs()
        return 0.5 * (wrong / self.entropy[i] + off / self.spread[i])


def distance(name: str, one: Tensor, other: Tensor) -> Tensor:
    """How far apart two values are, hues along their circle: [B], of sliders [B] or curves
    [B, K], in params_norm.
    """
    away = one - other
    if name in HUES:  # -1 and 1 are the same
        away = torch.remainder(away + 1.0, 2.0) - 1.0
    return away.abs().flatten(1).mean(dim=1) if away.ndim > 1 else away.abs()


def weight(name: str, edits: Norm) -> Tensor | float:
    """How much a slider counts in each edit: by how far the one is moved that it needs."""
    parent = PARENTS.get(name)
    if parent is None or parent not in edits:
        return 1.0
    return (edits[parent] - neutral_norm(parent)).abs()


def panel_spread(outputs: Outputs, edits: Norm) -> dict[str, float]:
    """The spread over a training set of what is predicted of panels, gated or not alike."""
    plain = replace(outputs, gated=())
    return {name: _spread(name, plain, edits) for name in (*outputs.sliders, *outputs.curves)}


def panel_errors(predicted: Norm, wanted: Norm, spread: Mapping[str, float]) -> dict[str, Tensor]:
    """How far edits are off in each panel, [B]: the mean over its outputs, in their spreads.

    spread: of panel_spread(). 1 is what the best edit alike for all pictures is off.
    """
    panels: dict[str, list[Tensor]] = {}
    for name, unit in spread.items():
        off = weight(name, wanted) * distance(name, predicted[name], wanted[name])
        panels.setdefault(panel_of(name), []).append(off / unit)
    return {panel: torch.stack(errors).mean(dim=0) for panel, errors in panels.items()}


def _spread(name: str, outputs: Outputs, edits: Norm) -> float:
    """Mean distance from the middle of a training set's edits, weighted as errors are."""
    value = edits[name]
    counts = torch.as_tensor(weight(name, edits))
    smallest = SMALLEST_CURVE if name in outputs.curves else SMALLEST_SLIDER
    known = torch.ones(len(value), dtype=torch.bool)
    if name in outputs.gated:
        known = is_moved(value, name)
        counts = known.to(value)
    elif counts.ndim:
        known = counts > 0.0
    if not known.any():
        return smallest
    middle = value[known].median(dim=0).values
    if name in HUES:
        middle = mean_edit(edits)[name]
    apart = float((counts * distance(name, value, middle.expand_as(value))).double().mean())
    return max(apart, smallest * float(counts.double().mean()))


def _entropy(value: Tensor, name: str) -> float:
    """What a gate that knows nothing but the share of pictures costs."""
    share = is_moved(value, name).double().mean()
    both = torch.stack([share, 1.0 - share])
    return max(float(-torch.xlogy(both, both).sum()), _LEAST_ENTROPY)
