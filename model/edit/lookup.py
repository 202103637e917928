"""Curves as tables, looked up with linear interpolation."""

from typing import Any

import numpy as np

from model.edit.arrays import Derived, Values, below, cat, constant, settled
from params.pchip import pchip_cubics


def lookup(table: Any, position: Any) -> Any:
    """Values of tables [B, S] (or [1, S] for all) at positions B x ... in 0..S - 1, clamped.

    Either may be one of model.edit.dual's Duals.
    """
    last = table.shape[1] - 1
    position = position.clamp(0.0, float(last))
    moving = isinstance(table, Derived)
    if table.shape[0] == 1 and not (moving or isinstance(position, Derived)):
        return _lookup_in_one(table[0], position)
    lower = position.detach().floor().clamp(max=last - 1)
    index = lower.long().reshape(lower.shape[0], -1)
    if not moving:
        table = table.expand(index.shape[0], -1)
    low = table.gather(1, index).reshape(*lower.shape)
    high = table.gather(1, index + 1).reshape(*lower.shape)
    return low + (high - low) * (position - lower)


def _lookup_in_one(table: Values, position: Values) -> Values:
    """lookup() in one table [S], at clamped positions: several times as fast as by gather."""
    index = position.int().flatten()
    beyond = 2.0 * table[-1:] - table[-2:-1]  # the last entry, too, has a next one
    low = table.index_select(0, index).view_as(position)
    high = cat([table[1:], beyond]).index_select(0, index).view_as(position)
    return low.lerp(high, position.frac())


def evaluate_cubics(nodes: Values, cubics: Values, amount: Any) -> Any:
    """Piecewise cubics at an amount: a table for each picture.

    Args:
        nodes: [N] rising; the amount is limited to them.
        cubics: [4, N - 1, M], see params.pchip.pchip_cubics.
        amount: [B], may be a Dual.

    Returns:
        [B, M].
    """
    amount = amount.clamp(float(nodes[0]), float(nodes[-1]))
    index = below(nodes, amount.detach()).clamp(0, len(nodes) - 2)
    c0, c1, c2, c3 = cubics[:, index]
    d = (amount - nodes[index]).unsqueeze(1)
    return c0 + d * (c1 + d * (c2 + d * c3))


def node_cubics(
    nodes: np.ndarray, rows: np.ndarray, dtype: Any, device: Any
) -> tuple[Values, Values]:
    """For evaluate_cubics(): the nodes, and monotone cubics through a row [M] of each."""
    cubics = pchip_cubics(nodes, rows)
    return constant(nodes, dtype, device), constant(cubics, dtype, device)


# Tables over linear light lie evenly on its square root, which has a finite slope at 0.
_FLOOR = 1e-6
SPAN = (1.0 + _FLOOR) ** 0.5 - _FLOOR**0.5


def rooted_greys(size: int) -> np.ndarray:
    """The linear values, 0..1, at which a table for rooted_lookup() is taken."""
    roots = np.linspace(0.0, SPAN, size) + _FLOOR**0.5
    return (roots * roots - _FLOOR).clip(0.0, 1.0)


def rooted_lookup(table: Any, linear: Any) -> Any:
    """Values of tables [B, S] taken at rooted_greys(S), at linear values B x ... (clamped)."""
    scale = float((table.shape[1] - 1) / SPAN)
    if not settled(linear):
        root = (linear.clamp(0.0, 1.0) + _FLOOR).sqrt() - _FLOOR**0.5
        return lookup(table, root * scale)
    place = linear.clamp(0.0, 1.0)  # the same in one piece of memory
    return lookup(table, place.add_(_FLOOR).sqrt_().sub_(_FLOOR**0.5).mul_(scale))
