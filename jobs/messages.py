"""The one line that stands for an error, and the line that names its item."""

from pathlib import Path

from params.files import InputError


def about(item: str | Path, text: str) -> str:
    """A line about an item, which it names."""
    return text if str(item) in text else f"{item}: {text}"


def one_line(error: BaseException) -> str:
    """An error in one line: an InputError's own words, of others the type as well."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"
