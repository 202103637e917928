"""What training minimises: (1 − w) · parameter loss + w · picture loss."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from imaging.camera import Shot
from imaging.color import srgb_encode
from model.edit_layer import DifferentiableEditLayer
from params.ranges import CURVE_NAME, SLIDER_NAMES, denormalize_scalars


def parameter_loss(predicted: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Tensor:
    """Mean absolute error of the normalised parameters, the curve counting as one slider.

    The curve's error (mean over its knots) is doubled: it spans 0..1, the sliders -1..1.

    Args:
        predicted, wanted: params_norm; sliders [B], ToneCurve [B, K].
    """
    errors = [(predicted[name] - wanted[name]).abs().mean() for name in SLIDER_NAMES]
    errors.append(2.0 * (predicted[CURVE_NAME] - wanted[CURVE_NAME]).abs().mean())
    return torch.stack(errors).mean()


def picture_loss(rendered: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Mean absolute difference of the sRGB-encoded ProPhoto values, each picture equal.

    Args:
        rendered, target: Bx3xHxW linear ProPhoto.
        valid: Bx1xHxW, 1 on picture and 0 on padding; a picture without any valid pixel
            doesn't count.

    Returns:
        scalar; 0 when nothing is valid.
    """
    inside = valid > 0
    difference = srgb_encode(rendered.clamp(0.0, 1.0)) - srgb_encode(target.clamp(0.0, 1.0))
    difference = torch.where(inside, difference, 0.0).abs()
    pixels = inside.sum(dim=(1, 2, 3))
    each = difference.sum(dim=(1, 2, 3)) / (3.0 * pixels.clamp(min=1))
    return each.sum() / (pixels > 0).sum().clamp(min=1)


class HybridLoss(nn.Module):
    """The loss of a batch, and its parts for the log.

    Args:
        image_weight: w, 0..1; 0 needs no pictures.
        process, masks: of the edit layer.
    """

    def __init__(self, image_weight: float = 0.0, process: int = 1, masks: str = "plain") -> None:
        super().__init__()
        if not 0.0 <= image_weight <= 1.0:
            raise ValueError(f"the image loss weight is {image_weight}, not in 0..1")
        self.image_weight = image_weight
        self.edit_layer = DifferentiableEditLayer(process, masks)

    def forward(
        self, predicted: Mapping[str, Tensor], batch: Mapping[str, Any]
    ) -> tuple[Tensor, dict[str, float]]:
        """The loss of one batch.

        Args:
            predicted: params_norm of the model.
            batch: `params` (params_norm) and, for the picture part, `raw`, `target` and
                `valid` of dataset.samples. A batch without a single pair has only the
                parameter part.

        Returns:
            the loss, and {"loss", "params", "image"} as numbers.
        """
        parameters = parameter_loss(predicted, batch["params"])
        loss, picture = parameters, None
        if self.image_weight > 0.0 and batch.get("valid") is not None and batch["valid"].any():
            picture = self.render_loss(predicted, batch)
            loss = (1.0 - self.image_weight) * parameters + self.image_weight * picture
        parts = {"loss": float(loss.detach()), "params": float(parameters.detach())}
        if picture is not None:
            parts["image"] = float(picture.detach())
        return loss, parts

    def render_loss(self, predicted: Mapping[str, Tensor], batch: Mapping[str, Any]) -> Tensor:
        """Picture loss of the predicted edits, rendered by the edit layer."""
        edit = denormalize_scalars(predicted) | {CURVE_NAME: predicted[CURVE_NAME]}
        raw, valid = batch["raw"].float(), batch["valid"]
        if self.edit_layer.process == 2:
            rendered = self._render_each(raw, valid, edit, batch.get("shots"))
            return picture_loss(rendered, batch["target"].float(), valid)
        means = self._mask_means(raw, valid, edit) if self.edit_layer.masks == "centred" else None
        rendered = self.edit_layer(raw, edit, means)
        return picture_loss(rendered, batch["target"].float(), valid)

    def _render_each(
        self,
        raw: Tensor,
        valid: Tensor,
        edit: Mapping[str, Tensor],
        shots: Sequence[Shot | None] | None,
    ) -> Tensor:
        """Each picture without its padding: the edit looks at the whole of it."""
        rendered = torch.zeros_like(raw)
        for i, (height, width) in enumerate(_sizes(valid)):
            own = {name: value[i : i + 1] for name, value in edit.items()}
            image = raw[i : i + 1, :, :height, :width]
            whole = self.edit_layer.look_at(image, own, [shots[i] if shots else None])
            rendered[i : i + 1, :, :height, :width] = self.edit_layer(image, own, whole)
        return rendered

    def _mask_means(self, raw: Tensor, valid: Tensor, edit: Mapping[str, Tensor]) -> Tensor:
        """Regional mask means [B, 4] of each picture without its padding."""
        means = []
        for i, (height, width) in enumerate(_sizes(valid)):
            own = {name: value[i : i + 1] for name, value in edit.items()}
            means.append(self.edit_layer.mask_means(raw[i : i + 1, :, :height, :width], own))
        return torch.cat(means)


def _sizes(valid: Tensor) -> list[tuple[int, int]]:
    """Height and width of each picture in a padded batch, at least 1."""
    inside = valid[:, 0] > 0
    down, across = inside.any(dim=2).sum(1), inside.any(dim=1).sum(1)
    return [(max(1, h), max(1, w)) for h, w in zip(down.tolist(), across.tolist(), strict=True)]
