"""Values of settings checked: one of several, in a range, a list and not one text."""

import math
from collections.abc import Collection
from typing import Any

from params.files import InputError


def check_choice(name: str, value: Any, choices: Collection[Any]) -> None:
    """Raise InputError unless a setting's value is one of the choices."""
    if value not in choices:
        raise InputError(f"{name} is {value!r}, not one of {', '.join(map(str, choices))}")


def check_range(name: str, value: float | None, low: float, high: float = math.inf) -> None:
    """Raise InputError unless a setting's value is None or in low..high."""
    if value is not None and not low <= value <= high:  # which NaN is not either
        span = f"{low:g} or more" if high == math.inf else f"in {low:g}..{high:g}"
        raise InputError(f"{name} is {value}, not {span}")


def check_positive(name: str, value: float | None) -> None:
    """Raise InputError unless a setting's value is None, or finite and above 0."""
    if value is not None and not 0.0 < value < math.inf:
        raise InputError(f"{name} is {value}, not a number above 0")
