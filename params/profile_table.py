"""A camera profile's table of hue, saturation and value: a HueSatMap or a LookTable.

DNG specification 1.7 and DNG SDK 1.7.1; model.edit.hue_sat applies it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_ENTRIES = 1 << 20  # a hundred times the largest in use
_MOST_SHIFT, _MOST_SCALE = 360.0, 1000.0


@dataclass(frozen=True, eq=False)
class ProfileTable:
    """What becomes of colours in HSV of linear ProPhoto.

    entries: [values, hues, saturations, 3] float32: hue shift in degrees, saturation scale, value
        scale. Hues lie evenly around the circle from red on, saturations and values in 0..1.
    encoded: the values are sRGB-encoded, where they are looked up and where they are scaled.
    """

    entries: np.ndarray
    encoded: bool = False


def profile_table(dims: Any, data: Any, encoding: Any = (0,)) -> ProfileTable:
    """A table from its tags' numbers.

    Args:
        dims: hues, saturations and, where it isn't 1, values.
        data: three numbers an entry, by value, hue and saturation. Those of saturation 0 may be
            missing: they are then as the next saturation's, with value scale 1.
        encoding: 0 linear, or 1 sRGB, which counts only where there is more than one value.

    Raises:
        ValueError: too many entries, a count that the dims do not give, numbers that are none.
    """
    dims, data, encoding = (np.asarray(n, np.float64).ravel() for n in (dims, data, encoding))
    if dims.size not in (2, 3) or not (dims >= 1).all() or not np.isfinite(dims).all():
        raise ValueError("its dimensions are not two or three positive numbers")
    hues, saturations, values = (*(int(n) for n in dims), 1)[:3]
    if saturations < 2 or hues * saturations * values > MOST_ENTRIES:
        raise ValueError(f"{hues} x {saturations} x {values} entries")
    if encoding.tolist() not in ([0], [1]):
        raise ValueError("its encoding is not known")
    given = saturations - 1 if data.size == hues * (saturations - 1) * values * 3 else saturations
    if data.size != hues * given * values * 3:
        raise ValueError(f"{data.size} numbers for {hues} x {saturations} x {values} entries")
    entries = data.reshape(values, hues, given, 3)
    # Comparisons with NaN are false.
    if not (np.abs(entries[..., 0]) <= _MOST_SHIFT).all():
        raise ValueError("a hue shift is not a number of degrees")
    if not ((entries[..., 1:] >= 0.0) & (entries[..., 1:] <= _MOST_SCALE)).all():
        raise ValueError("a scale is not a number of 0 or more")
    if given < saturations:
        entries = np.concatenate([entries[:, :, :1], entries], axis=2)
    entries = entries.astype(np.float32)
    entries[:, :, 0, 2] = 1.0  # greys keep their value, as in the SDK
    return ProfileTable(entries, bool(encoding[0]) and values > 1)
