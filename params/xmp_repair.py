"""Bytes in a packet that XML doesn't allow and Adobe's own reader mends: mended likewise."""

import codecs
import re

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")

_HANDLER = "windows-1252"
_MOST_BYTES = 1_000_000  # that are mended, one by one
_SINGLE = [
    bytes([byte]).decode("cp1252", "ignore") or bytes([byte]).decode("latin-1")
    for byte in range(256)
]


def repaired(data: bytes) -> bytes:
    """A packet in UTF-8 without bytes that XML refuses.

    Unchanged where more than _MOST_BYTES would have to be mended. A byte that is not UTF-8 is
    taken as Windows-1252's or, where that has none, Latin-1's; control characters, and references
    to them, become spaces.
    """
    if len(data) - len(data.decode("utf-8", "ignore").encode()) > _MOST_BYTES:
        return data
    text = data.decode("utf-8", _HANDLER)
    text = _REFERENCE.sub(_legal_reference, text)
    return _NO_TEXT.sub(" ", text).encode()


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """An error handler of decoding: the bytes that are not UTF-8, one by one."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(_SINGLE[byte] for byte in bad), error.end


def _legal_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or _NO_TEXT.match(chr(code)):
        return " "
    return found[0]


codecs.register_error(_HANDLER, _as_windows)
