"""Plans of edit process 1, for the kernel."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from model.edit import process_1 as layer
from model.edit.arrays import stretched
from model.fused.plan import PlannedStep, Planner, number, table
from params.white_balance import LUMA_WEIGHTS, process_1_gains


def _white_balance(temperature: Any, tint: Any) -> Iterator[PlannedStep]:
    yield PlannedStep("gains", [number(gain) for gain in process_1_gains(temperature, tint)])


def _exposure(ev: Any) -> Iterator[PlannedStep]:
    yield PlannedStep("gains", [2.0 ** number(ev)] * 3)


def _contrast(amount: Any) -> Iterator[PlannedStep]:
    steepness = layer.CONTRAST_STEEPNESS
    yield PlannedStep("contrast", [number(amount) / 100.0, steepness, 1.0 / math.tanh(steepness)])


def _regions(*arguments: Any) -> Iterator[PlannedStep]:
    *amounts, means = arguments
    known = [0.0] * len(amounts) if means is None else np.asarray(means).ravel().tolist()
    numbers = list(LUMA_WEIGHTS)
    for (_, centre, direction, strength), amount, mean in zip(
        layer.REGIONS, amounts, known, strict=True
    ):
        lift = number(amount) / 100.0 * strength
        numbers += [centre, direction * layer.MASK_STEEPNESS, lift, mean]
    yield PlannedStep("regions", numbers)


def _tone_curve(knots: Any) -> Iterator[PlannedStep]:
    values = table(stretched(knots, layer.CURVE_TABLE_SIZE))
    yield PlannedStep("even_curve", (), [values], [len(values)])


def _vibrance_saturation(vibrance: Any, saturation: Any) -> Iterator[PlannedStep]:
    share = number(vibrance) * layer.VIBRANCE_SHARE
    numbers = [*layer.YUV_LUMA, *layer.YUV_SCALES, share, layer.VIBRANCE_FADE]
    yield PlannedStep("vibrance_saturation", [*numbers, 1.0 + number(saturation) / 100.0])


PLANNERS: dict[Callable[..., Any], Planner] = {
    layer.white_balance: _white_balance,
    layer.exposure: _exposure,
    layer.contrast: _contrast,
    layer.regions: _regions,
    layer.tone_curve: _tone_curve,
    layer.vibrance_saturation: _vibrance_saturation,
}
