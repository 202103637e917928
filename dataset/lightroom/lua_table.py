"""Lightroom's develop settings as its catalogs keep them: a Lua table in text.

`s = { Exposure2012 = 0.5, ToneCurvePV2012 = { 0, 0, 255, 255 }, Look = { ... }, ... }`. It is
read as data, by a parser of its own for constants and tables; nothing is ever run.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from params.files import InputError

SIZE_LIMIT = 16 * 2**20  # characters
DEEPEST = 64  # tables in tables
MOST_VALUES = 250_000  # and escaped letters: tens of times what a photo of many masks has
_CURVE = "ToneCurvePV2012"
# A value with the key before it and the comma behind it: name, "name" or number; then number,
# text, word, opening or closing brace. Nothing backtracks, so that time is linear.
_ITEM = re.compile(
    r"""(?:\s++|--[^\n]*+)*+
    (?:(?:([A-Za-z_]\w*+)|\[\s*+(?:"((?:[^"\\]++|\\.)*+)"|(\d++))\s*+\])\s*+=\s*+)?
    (?:([-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?)(?![\w.])
      |"((?:[^"\\]++|\\.)*+)"
      |(true|false|nil)\b
      |(\{)
      |(\}))
    \s*+[,;]?""",
    re.VERBOSE | re.DOTALL,
)
_REST = re.compile(r"(?:\s++|--[^\n]*+|\0)*+")
_ESCAPE = re.compile(r"\\(\d{1,3}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_INDEX, _NUMBER, _TEXT, _WORD, _OPEN = 3, 4, 5, 6, 7  # groups of _ITEM


def parse_lua(text: str, name: str) -> dict[str, Any]:
    """A Lua table of constants and tables -> a dictionary.

    Tables without keys become lists. Of a table with both, what has a key is kept. Numbers are
    floats, nil is None.

    Args:
        name: what error messages call the text.

    Raises:
        InputError: not such a table, larger than SIZE_LIMIT, deeper than DEEPEST, or of more than
            MOST_VALUES.
    """
    top: list[Any] = []
    # The tables that are open: their keyed values, their values without key, their own key.
    keyed: dict[str, Any] = {}
    listed = top
    key: str | None = None
    waiting: list[tuple[dict[str, Any], list[Any], str | None]] = []
    place = 0
    for item in _items(text, name):
        kind = item.lastindex or 0
        name_here = item[1] or item[2]
        place = item.end()
        if kind in _CONSTANTS:
            value: Any = _CONSTANTS[kind](item[kind])
        elif kind == _OPEN:
            if len(waiting) == DEEPEST:
                raise InputError(f"{name}: not develop settings: tables nested too deeply")
            waiting.append((keyed, listed, key))
            keyed, listed, key = {}, [], name_here
            continue
        else:
            if name_here or item[_INDEX] or not waiting:
                raise InputError(f"{name}: not develop settings: a brace too many")
            value, name_here = keyed or listed, key
            keyed, listed, key = waiting.pop()
        if name_here and waiting:
            keyed[name_here] = value
        else:
            listed.append(value)
            if not waiting:
                break
    place = _REST.match(text, place).end()  # type: ignore[union-attr]
    if waiting or place < len(text) or len(top) != 1 or isinstance(top[0], str | float | bool):
        around = " ".join(text[place : place + 30].split()) or "the end"
        raise InputError(f"{name}: not develop settings, at {around!r}")
    return top[0] if isinstance(top[0], dict) else {}


def _items(text: str, name: str) -> Iterator[re.Match[str]]:
    """The values and braces, up to what is none. Raises InputError as parse_lua."""
    if len(text) > SIZE_LIMIT:
        raise InputError(f"{name}: larger than {SIZE_LIMIT // 2**20} MiB, not read")
    if text.count("\\") > MOST_VALUES:
        raise InputError(f"{name}: more than {MOST_VALUES:,} escaped letters, not read")
    found = iter(_ITEM.scanner(text).match, None)  # type: ignore[attr-defined]
    yield from itertools.islice(found, 2 * MOST_VALUES)
    if next(found, None):
        raise InputError(f"{name}: more than {MOST_VALUES:,} values, not read")


def lua_fields(table: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Develop settings as params.xmp_packet.read_fields gives them from XMP.

    Scalars are texts, curves lists of "x, y"; another table that holds something is an empty
    list, one that is not in use (Active, CorrectionActive) is left out.
    """
    fields: dict[str, str | list[str]] = {}
    for key, value in table.items():
        if isinstance(value, bool):
            fields[key] = str(value)
        elif isinstance(value, float):
            fields[key] = f"{value:.9g}"
        elif isinstance(value, str):
            fields[key] = value
        elif isinstance(value, list) and key.startswith(_CURVE):
            if value:
                fields[key] = _points(value)
        elif value and not _is_off(value):
            fields[key] = []
    return fields


def _is_off(value: Any) -> bool:
    """Whether a table, or each of a list of them, says that it is not in use."""
    parts = value if isinstance(value, list) else [value]
    return all(
        isinstance(part, dict) and False in (part.get("Active"), part.get("CorrectionActive"))
        for part in parts
    )


def _points(numbers: list[Any]) -> list[str]:
    """0, 0, 255, 255 -> "0, 0", "255, 255"; "?" for what is no number."""
    texts = [f"{n:.9g}" if isinstance(n, float) else "?" for n in numbers]
    texts += ["?"] * (len(texts) % 2)
    return [f"{x}, {y}" for x, y in zip(texts[0::2], texts[1::2], strict=True)]


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code)) if code.isdecimal() else _ESCAPES.get(code, code)


_CONSTANTS: dict[int | None, Callable[[str], Any]] = {
    _NUMBER: float,
    _TEXT: _unescape,
    _WORD: {"true": True, "false": False, "nil": None}.__getitem__,
}
