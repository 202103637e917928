"""What the page sends: JSON bodies of a bounded size, checked before anything is done."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from params.files import InputError

MOST_BODY = 1 << 20
MOST_IDS = 20_000


async def _json_body(request: Request) -> dict[str, Any]:
    """The body's object. Raises InputError; its size has been held by studio.security."""
    data = await request.body()
    try:
        found = json.loads(data or b"{}", parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError("the body is not JSON") from error
    if not isinstance(found, dict):
        raise InputError("the body is not a JSON object")
    return found


Body = Annotated[dict[str, Any], Depends(_json_body)]


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def known_only(body: Mapping[str, Any], *names: str) -> None:
    """Raise InputError where a body has a field that is none."""
    if unknown := sorted(str(name)[:40] for name in body.keys() - set(names)):
        raise InputError(f"not known: {', '.join(unknown)}")


def names_of(body: Mapping[str, Any], field: str = "ids") -> list[str]:
    """A list of ids. Raises InputError."""
    value = body.get(field)
    if not isinstance(value, list) or not value or len(value) > MOST_IDS:
        raise InputError(f"{field} is not a list of pictures")
    if not all(isinstance(name, str) and len(name) <= 64 for name in value):
        raise InputError(f"{field} is not a list of pictures")
    return list(dict.fromkeys(value))


def number_of(
    body: Mapping[str, Any], field: str, low: float, high: float, otherwise: float | None = None
) -> float:
    """A number in low..high; where it isn't there `otherwise`, without which it has to be.

    Raises:
        InputError: it is none, or outside.
    """
    value = body.get(field, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{field} is not a number")
    if not low <= value <= high:  # which NaN is not either
        raise InputError(f"{field} is not in {low:g}..{high:g}")
    return value


def text_of(body: Mapping[str, Any], field: str) -> str:
    """A text of at most 200 letters. Raises InputError."""
    value = body.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise InputError(f"{field} is not a text")
    return value


def flag_of(body: Mapping[str, Any], field: str) -> bool:
    """A switch, off where it isn't there. Raises InputError."""
    value = body.get(field, False)
    if not isinstance(value, bool):
        raise InputError(f"{field} is neither true nor false")
    return value
