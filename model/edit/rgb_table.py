"""A look's table of red, green and blue on display colours.

As Adobe's DNG SDK 1.7.1 does it: into the table's own primaries and encoding, looked up between
its entries (a 3D table in tetrahedra), the change taken at an amount, and back. Where the SDK reads
its encodings from tables they are formulas here. Valuess, or model.edit.dual's Duals.
"""

import functools
from itertools import pairwise
from typing import Any

import numpy as np

from imaging.color import D50_XYZ, PROPHOTO_TO_XYZ, SRGB_TO_XYZ_D50
from model.edit.arrays import Values, cat, constant
from model.edit.lookup import lookup
from model.edit.table_gammas import decode, encode
from params.colorimetry import scale_to_white, where
from params.look_tables import RgbTable

# Linear RGB to XYZ (D50), before the rows are scaled to the white: DNG SDK 1.7.1.
_ROWS = {
    "adobe": ((0.6097, 0.2053, 0.1492), (0.3111, 0.6257, 0.0632), (0.0195, 0.0609, 0.7446)),
    "p3": ((0.5151, 0.2920, 0.1571), (0.2412, 0.6922, 0.0666), (-0.0010, 0.0419, 0.7843)),
    "rec2020": ((0.6735, 0.1657, 0.1251), (0.2791, 0.6753, 0.0456), (-0.0019, 0.0300, 0.7971)),
}


def apply_rgb_table(image: Any, table: RgbTable, amount: Any = 1.0) -> Any:
    """The table on colours 0..1, Bx3xHxW linear ProPhoto; where it changes nothing, exactly so.

    Colours outside the table's primaries are cut off to it, or keep what is outside, as the table
    says.

    Args:
        amount: a number or [B], 1 is full; at 0 a picture stays as it is, cut off nowhere.
    """
    if not isinstance(amount, float | int):
        amount = amount.reshape(-1, 1, 1, 1)
    there, back = primaries_matrices(table.primaries)
    inside = image if there is None else _times(there, image)
    linear = inside if there is None else inside.clamp(0.0, 1.0)
    encoded = encode(linear, table.gamma)
    moved = _change(encoded, table) * amount
    change = decode((encoded + moved).clamp(0.0, 1.0), table.gamma) - linear
    # Encoding and back is rounded, too: that is no change.
    change = change - change.detach() * (moved.detach() == 0.0)
    if there is None:
        return (image + change).clamp(0.0, 1.0)
    if not table.extend:
        change = change + (linear - inside) * _is_on(amount)
    return (image + _times(back, change)).clamp(0.0, 1.0)


def _is_on(amount: Any) -> Any:
    if isinstance(amount, float | int):
        return float(amount != 0.0)
    return (amount.detach() != 0.0).to(amount.dtype)


def _change(encoded: Any, table: RgbTable) -> Any:
    """What the table adds to encoded colours 0..1."""
    changes = _columns(table, encoded.dtype, encoded.device)
    last = float(len(table.changes) - 1)
    if table.changes.ndim == 2:
        pairs = zip(changes.split(1, dim=0), encoded.split(1, dim=1), strict=True)
        return cat([lookup(curve, channel * last) for curve, channel in pairs], dim=1)
    return _tetrahedral(changes, encoded * last, len(table.changes))


def _tetrahedral(columns: Values, position: Any, size: int) -> Any:
    """Between the entries of a cube: [3, size^3] at positions Bx3xHxW in 0..size - 1.

    A cell is walked along its sides from its lowest corner to its highest, the channel that is
    farthest first.
    """
    below = position.detach().floor().clamp(max=size - 2)
    part = position - below
    red, green, blue = part.detach().unbind(1)
    steps = (size * size, size, 1)
    red_first, green_first, red_over_blue = red >= green, green >= blue, red >= blue
    first = where(
        red_first & red_over_blue,
        steps[0],
        where(~red_first & green_first, steps[1], steps[2]),
    )
    last = where(
        ~red_first & ~red_over_blue,
        steps[0],
        where(red_first & ~green_first, steps[1], steps[2]),
    )
    low = below[:, 0] * steps[0] + below[:, 1] * steps[1] + below[:, 2]
    start = low.to(first.dtype)
    corners = [
        columns.index_select(1, index.flatten()).reshape(3, *start.shape).swapaxes(0, 1)
        for index in (start, start + first, start + (sum(steps) - last), start + sum(steps))
    ]
    high, low = part.amax(1, True), part.amin(1, True)
    middle = part.sum(1, True) - high - low
    sides = [after - before for before, after in pairwise(corners)]
    return sides[0] * high + sides[1] * middle + sides[2] * low + corners[0]


def _times(matrix: tuple[tuple[float, ...], ...], image: Any) -> Any:
    red, green, blue = image.split(1, dim=1)
    return cat([row[0] * red + row[1] * green + row[2] * blue for row in matrix], dim=1)


@functools.cache
def primaries_matrices(primaries: str) -> tuple[Any, Any]:
    """Linear ProPhoto to the primaries and back, as rows; None where they are ProPhoto's."""
    if primaries == "prophoto":
        return None, None
    if primaries == "srgb":
        to_xyz = SRGB_TO_XYZ_D50
    else:
        to_xyz = scale_to_white(np.array(_ROWS[primaries]), D50_XYZ)
    matrix = np.linalg.inv(to_xyz) @ PROPHOTO_TO_XYZ
    return tuple(tuple(m) for m in matrix.tolist()), tuple(
        tuple(m) for m in np.linalg.inv(matrix).tolist()
    )


@functools.lru_cache(maxsize=8)
def _columns(table: RgbTable, dtype: Any, device: Any) -> Values:
    return constant(table.changes.reshape(-1, 3).T.copy(), dtype, device)
