"""Plans of edit process 2's basic panel and curves, for the kernel."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from model.edit import highlights_shadows as gains
from model.edit import tone_maps
from model.edit import vibrance_saturation as vib
from model.edit.base_rendering import apply_base
from model.edit.hue_preserving import encoded_tone_map, tone_map
from model.edit.hue_sat import Maps, apply_maps
from model.edit.local_base import LUMINANCE, LocalBase
from model.edit.lookup import SPAN
from model.edit.point_curves import LUMA, channel_curves, master_curve
from model.edit.process_2 import white_balance
from model.fused.plan import NotPlanned, PlannedStep, Planner, number, table
from params.rendering import SDK


def rooted_scale(size: int) -> float:
    """Places in a table of this size, for a distance of 1 between roots."""
    return (size - 1) / SPAN


def surroundings(base: LocalBase) -> tuple[np.ndarray, tuple[int, int]]:
    """A base layer's table, and its rows and columns."""
    coefficients = np.ascontiguousarray(np.asarray(base.coefficients), dtype=np.float32)
    if len(coefficients) != 1:
        raise NotPlanned("several pictures")
    return coefficients[0], (coefficients.shape[2], coefficients.shape[3])


def _white_balance(matrices: Any) -> Iterator[PlannedStep]:
    yield PlannedStep("matrix", np.asarray(matrices).reshape(9).tolist())


def _tone_map(values: Any) -> Iterator[PlannedStep]:
    changes = table(values)
    if changes.any():
        size = len(changes)
        yield PlannedStep("tone_map", [rooted_scale(size)], [changes], [size])


def _apply_base(values: Any, bases: Sequence[Any] = ()) -> Iterator[PlannedStep]:
    if [base.name for base in bases] == [SDK]:
        changes = table(values)
        scale, size = rooted_scale(len(changes)), len(changes)
        yield PlannedStep("rooted_channels", [scale], [changes] * 3, [size])
    else:
        yield from _tone_map(values)


def _apply_maps(maps: Sequence[Maps], share: Any = None) -> Iterator[PlannedStep]:
    if len(maps) != 1:
        raise NotPlanned("several pictures")
    if not maps[0]:
        return
    first, last = maps[0][0], maps[0][-1]
    entries = first.entries
    if len(maps[0]) > 1:  # between its two ends a table is as its entries are
        part = np.float32(number(share))
        entries = last.entries + (entries - last.entries) * part
    entries = np.ascontiguousarray(entries, dtype=np.float32)
    counts = [*entries.shape[:3], int(first.encoded)]
    if counts[2] < 2 or last.entries.shape != first.entries.shape:
        raise NotPlanned("a table of one saturation")
    yield PlannedStep("hue_sat", (), [entries], counts)


def _with_gain(values: Any, base: LocalBase) -> Iterator[PlannedStep]:
    changes = table(values)
    coefficients, size = surroundings(base)
    numbers = [gains.LOWEST_STOP, float(gains.STEPS_A_STOP)]
    yield PlannedStep(
        "gain", numbers, [coefficients, changes], [*size, len(changes)], surroundings=True
    )


def _saturation(amount: Any) -> Iterator[PlannedStep]:
    yield PlannedStep("saturation", [*LUMINANCE, number(amount) * 0.01])


def _mixed(values: Any, share: float) -> Iterator[PlannedStep]:
    changes = table(values)
    if share == 0.0:
        yield from _tone_map(changes)
        return
    size = len(changes)
    yield PlannedStep("ratio_tone_map", [rooted_scale(size), share, *LUMINANCE], [changes], [size])


def _whites(values: Any, amount: Any) -> Iterator[PlannedStep]:
    yield from _mixed(values, number(tone_maps.whites_share(amount)))


def _blacks(values: Any, amount: Any) -> Iterator[PlannedStep]:
    yield from _mixed(values, number(tone_maps.blacks_share(amount)))


def _encoded_tone_map(values: Any) -> Iterator[PlannedStep]:
    changes = table(values)
    yield PlannedStep("encoded_tone_map", (), [changes], [len(changes)])


def _master_curve(values: Any, refine: Any = None) -> Iterator[PlannedStep]:
    if refine is None:
        yield from _encoded_tone_map(values)
        return
    changes = table(values)
    left = min(max(1.0 - number(refine) * 0.01, 0.0), 1.0)
    yield PlannedStep("refined_curve", [*LUMA, left], [changes], [len(changes)])


def _channel_curves(red: Any, green: Any, blue: Any) -> Iterator[PlannedStep]:
    tables = [None if values is None else table(values) for values in (red, green, blue)]
    sizes = {len(values) for values in tables if values is not None}
    if len(sizes) > 1:
        raise NotPlanned("curves of several sizes")
    if sizes:
        yield PlannedStep("channel_curves", (), tables, [sizes.pop()])


def _vibrance(amount: Any) -> Iterator[PlannedStep]:
    share = number(amount) * 0.01
    if share > 0.0:
        skin = [vib.SKIN, 1.0 / vib.SKIN_WIDTH, vib.SKIN_SPARED]
        more = [vib.MORE_PALE, vib.MORE, 1.0 / vib.MORE_FADE, vib.MORE_VALUE, vib.TINY]
        yield PlannedStep("vibrance_up", [min(share, 1.0), *skin, *more])
        share -= min(share, 1.0)
    if share != 0.0:
        less = [vib.LESS_PALE, vib.LESS, vib.LESS_COLOR, 1.0 / vib.LESS_FADE, vib.LESS_VALUE]
        yield PlannedStep("vibrance_down", [share, *less, vib.TINY])


BASIC: dict[Callable[..., Any], Planner] = {
    white_balance: _white_balance,
    apply_base: _apply_base,
    apply_maps: _apply_maps,
    gains.with_gain: _with_gain,
    vib.saturation: _saturation,
    tone_maps.whites: _whites,
    tone_maps.blacks: _blacks,
    tone_map: _tone_map,
    encoded_tone_map: _encoded_tone_map,
    vib.vibrance: _vibrance,
    master_curve: _master_curve,
    channel_curves: _channel_curves,
}
