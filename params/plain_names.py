"""Texts from files as parts of file names: the only place where one becomes the other.

What a catalog, manifest, split list or parameter file says is a name, never a way to another
folder.
"""

import hashlib

from params.files import InputError

OWN_EXPERT = "own"  # whose edits those of the photographer are that somebody imports or corrects
MOST_LETTERS = 240  # file systems take 255, and suffixes follow
_SEPARATORS = frozenset("/\\")
# What Windows takes for devices, with any suffix.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)
_DIGEST_LETTERS = 8


def is_plain(text: object) -> bool:
    """Whether a text can be a file's name, in its folder and nowhere else, on any system."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= MOST_LETTERS
        and text[0] != "."
        and not any(letter in _SEPARATORS or _is_control(letter) for letter in text)
        and text.partition(".")[0].strip().lower() not in _DEVICES
    )


def check_plain(text: str, what: str) -> str:
    """The text, as part of a file's name.

    Args:
        what: it is, for the error.

    Raises:
        InputError: it is no plain name.
    """
    if not is_plain(text):
        raise InputError(f"{what} is {str(text)[:60]!r}: no name for a file")
    return text


def plain_name(text: str) -> str:
    """The text where it is a plain name; else made one, which another text does not become."""
    if is_plain(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]
    kept = "".join("_" if c in _SEPARATORS or _is_control(c) else c for c in text).lstrip(".")
    return f"_{kept[: MOST_LETTERS // 2]}-{digest}"


def _is_control(letter: str) -> bool:
    return ord(letter) < 32 or 127 <= ord(letter) < 160


def check_expert(name: str) -> None:
    """Raise InputError unless a photographer's name can be part of a file's."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise InputError(f"{name!r}: letters, digits, - and _ only")
