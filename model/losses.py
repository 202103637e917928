"""What training minimises: (1 − w) · parameter loss + w · picture loss, picture by picture."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from imaging.camera import Shot
from model.edit_layer import DifferentiableEditLayer
from model.panel_heads import Gate
from model.panel_loss import PanelLoss
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.unknowns import MIRED_UNIT, UNITS
from params.edit_numbers import denormalize_values
from params.ranges import CURVE_NAME, SLIDER_NAMES, denormalize_scalars

# So many ΔE00 count as much as sliders that are off by the training set's spread.
PICTURE_UNIT = 10.0
# Spread of a slider that the training set hardly moves: a part of a fit's unit for it.
SMALLEST_SPREAD = 0.25
CURVE_UNIT = 0.1
# The ten sliders and the tone curve count as so many panels: white balance, light, and colour.
BASIC_SHARE = 3.0
# In ΔE00: below it the picture loss is a square, so that its slope is finite at 0.
_ROUNDING = 0.05
# What a loss says of each picture: values [B], and how much each counts, [B].
Counted = tuple[Tensor, Tensor]
PARTS = ("loss", "params", "image")


def slider_values(params_norm: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Normalised sliders -> Camera Raw's units, but Temperature in mired, where steps look even."""
    values = denormalize_scalars(params_norm)
    return values | {"Temperature": 1e6 / values["Temperature"]}


def spread_of(params_norm: Mapping[str, Tensor]) -> dict[str, float]:
    """How far the edits of a training set lie apart: each slider's mean distance from its median.

    In the units of slider_values; the curve's is the mean over its knots. Measured in it, the
    best edit that is the same for all pictures is 1 off. A slider that hardly moves has a
    small part of a fit's unit.

    Args:
        params_norm: sliders [N], ToneCurve [N, K].
    """
    values = slider_values(params_norm) | {CURVE_NAME: params_norm[CURVE_NAME]}
    units = {**UNITS, "Temperature": MIRED_UNIT, CURVE_NAME: CURVE_UNIT}
    spread = {}
    for name in (*SLIDER_NAMES, CURVE_NAME):
        value = values[name].double()
        distance = float((value - value.median(dim=0).values).abs().mean())
        spread[name] = max(distance, SMALLEST_SPREAD * units[name])
    return spread


def parameter_loss(
    predicted: Mapping[str, Tensor], wanted: Mapping[str, Tensor], spread: Tensor
) -> Tensor:
    """Mean error of the sliders, each in its spread, the curve counting as one slider: [B].

    Args:
        predicted, wanted: params_norm; sliders [B], ToneCurve [B, K].
        spread: [11], as spread_of() has it.
    """
    ours, theirs = slider_values(predicted), slider_values(wanted)
    errors = [(ours[name] - theirs[name]).abs() for name in SLIDER_NAMES]
    errors.append((predicted[CURVE_NAME] - wanted[CURVE_NAME]).abs().mean(dim=1))
    return (torch.stack(errors, dim=1) / spread).mean(dim=1)


def picture_loss(rendered: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Mean colour difference of each picture, ΔE00 linearised at the target, in PICTURE_UNITs.

    Args:
        rendered, target: Bx3xHxW linear ProPhoto.
        valid: Bx1xHxW, 1 on picture and 0 on padding.

    Returns:
        [B]; 0 for a picture without any valid pixel.
    """
    inside = valid.flatten(1) > 0
    with torch.no_grad():
        wanted = to_lab(target.flatten(2).clamp(0.0, 1.0))
        rows = delta_e_basis(wanted).movedim((2, 3), (0, 1)).contiguous()
    away = (to_lab(rendered.flatten(2).clamp(0.0, 1.0)) - wanted).movedim(1, 0)
    squared = torch.stack([(row * away).sum(0).square() for row in rows]).sum(0)
    distance = torch.sqrt(squared + _ROUNDING**2) - _ROUNDING
    pixels = inside.sum(dim=1).clamp(min=1)
    return torch.where(inside, distance, 0.0).sum(dim=1) / (PICTURE_UNIT * pixels)


class HybridLoss(nn.Module):
    """The loss of each picture of a batch, and its parts.

    Args:
        image_weight: w, 0..1; 0 needs no pictures.
        process, masks: of the edit layer.
        spread: of the training set (spread_of); a fit's units when None.
        panels: errors of what is predicted beside the basic sliders and the tone curve.
    """

    def __init__(
        self,
        image_weight: float = 0.0,
        process: int = 1,
        masks: str = "plain",
        spread: Mapping[str, float] | None = None,
        panels: PanelLoss | None = None,
    ) -> None:
        super().__init__()
        if not 0.0 <= image_weight <= 1.0:
            raise ValueError(f"the image loss weight is {image_weight}, not in 0..1")
        self.image_weight = image_weight
        self.panels = panels
        self.edit_layer = DifferentiableEditLayer(process, masks)
        if spread is None:
            spread = {**UNITS, "Temperature": MIRED_UNIT, CURVE_NAME: CURVE_UNIT}
        self.spread: Tensor
        values = [float(spread[name]) for name in (*SLIDER_NAMES, CURVE_NAME)]
        self.register_buffer("spread", torch.tensor(values))

    def spread_by_name(self) -> dict[str, float]:
        """The spread that errors are measured in, for a checkpoint; of panels in [-1, 1]."""
        spread = dict(zip((*SLIDER_NAMES, CURVE_NAME), self.spread.tolist(), strict=True))
        if self.panels is not None:
            spread |= dict(zip(self.panels.names, self.panels.spread.tolist(), strict=True))
        return spread

    def forward(
        self,
        predicted: Mapping[str, Tensor],
        batch: Mapping[str, Any],
        gates: Mapping[str, Gate] | None = None,
    ) -> dict[str, Counted]:
        """The loss of one batch.

        Args:
            predicted: params_norm of the model.
            gates: of its gated sliders.
            batch: `params` (params_norm) and, for the picture part, `raw`, `target` and
                `valid` of dataset.samples. `counts` [B] is 0 for pictures that don't count.

        Returns:
            "loss", "params" and "image", each picture's value and how much it counts. Pictures
            without a pair have no picture part: their loss is the parameter part (0 at w = 1).
        """
        parameters = parameter_loss(predicted, batch["params"], self.spread)
        if self.panels is not None:
            others = self.panels(predicted, batch["params"], gates or {})
            parameters = BASIC_SHARE * parameters + others.sum(dim=1)
            parameters = parameters / (BASIC_SHARE + others.shape[1])
        counts = batch.get("counts")
        counts = torch.ones_like(parameters) if counts is None else counts.to(parameters)
        w = self.image_weight
        loss = parameters if w < 1.0 else 0.0 * parameters
        picture, paired = torch.zeros_like(parameters), torch.zeros_like(parameters)
        valid = batch.get("valid")
        if w > 0.0 and valid is not None and valid.any():
            has_pair = valid.flatten(1).any(dim=1)
            picture, paired = self.render_loss(predicted, batch), counts * has_pair
            loss = torch.where(has_pair, (1.0 - w) * parameters + w * picture, loss)
        return {
            "loss": (loss, counts),
            "params": (parameters.detach(), counts),
            "image": (picture.detach(), paired),
        }

    def render_loss(self, predicted: Mapping[str, Tensor], batch: Mapping[str, Any]) -> Tensor:
        """Picture loss [B] of the predicted edits, rendered by the edit layer."""
        edit = denormalize_values(predicted)
        raw, valid = batch["raw"].float(), batch["valid"]
        rendered = self.render(raw, valid, edit, batch.get("shots"))
        return picture_loss(rendered, batch["target"].float(), valid)

    def render(
        self,
        raw: Tensor,
        valid: Tensor,
        edit: Mapping[str, Tensor],
        shots: Sequence[Shot | None] | None = None,
    ) -> Tensor:
        """A padded batch, edited; what comes out on padding means nothing.

        Where an edit looks at the whole picture, pictures of one size go together, without
        their padding.
        """
        if not self.edit_layer.needs_whole:
            return self.edit_layer(raw, edit)
        rendered = torch.zeros_like(raw)
        for (height, width), rows in _rows_by_size(valid).items():
            own = {name: value[rows] for name, value in edit.items()}
            image = raw[rows, :, :height, :width]
            whole = self.edit_layer.find_whole(
                image, own, [shots[i] for i in rows] if shots else ()
            )
            rendered[rows, :, :height, :width] = self.edit_layer(image, own, whole)
        return rendered


def _rows_by_size(valid: Tensor) -> dict[tuple[int, int], list[int]]:
    """(height, width) -> which pictures of a padded batch have it; those of no pixel left out."""
    inside = valid[:, 0] > 0
    down, across = inside.any(dim=2).sum(1), inside.any(dim=1).sum(1)
    rows = defaultdict(list)
    for i, size in enumerate(zip(down.tolist(), across.tolist(), strict=True)):
        if all(size):
            rows[size].append(i)
    return dict(rows)


@torch.no_grad()
def counted_sums(parts: Mapping[str, Counted]) -> Tensor:
    """Sums over pictures, which batches and processes can add up: [PARTS, 2].

    Of each part the sum of the values and how many pictures they are of.
    """
    each = (parts[name] for name in PARTS)
    return torch.stack([torch.stack([(v * c).sum(), c.sum()]) for v, c in each])


def counted_means(sums: Tensor) -> dict[str, float]:
    """Means over pictures from counted_sums(); a part that no picture has is left out."""
    values = zip(PARTS, sums.tolist(), strict=True)
    return {name: total / count for name, (total, count) in values if count > 0}
