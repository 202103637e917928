"""Which RAW files a command was given, and what to call their results."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dataset.pairs import list_files
from imaging.raw import RAW_SUFFIXES
from params.files import InputError


def list_raws(path: Path, batch: bool) -> list[Path]:
    """The RAW files meant by --input: one file, or with --batch all below a folder.

    Raises:
        InputError: nothing there, a folder without --batch, or a folder without RAW files.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_file():
        return [path]
    if not batch:
        raise InputError(f"{path}: a folder; add --batch to do every RAW file in it")
    found = list_files(path, RAW_SUFFIXES)
    if not found:
        raise InputError(f"{path}: no RAW files in it")
    return found


def result_names(raws: Sequence[Path], base: Path) -> dict[Path, Path]:
    """A relative path without suffix for each RAW's results: where it lies below `base`.

    RAW files that differ only in their suffix (a.arw, a.dng) keep it, so that neither's
    results overwrite the other's.
    """
    base = base if base.is_dir() else base.parent
    names = {raw: raw.relative_to(base).with_suffix("") for raw in raws}
    while True:  # a name that keeps its suffix may meet one that has lost its own (a.dng.arw)
        count = Counter(str(name).lower() for name in names.values())
        whole = {raw: raw.relative_to(base) for raw in raws if count[str(names[raw]).lower()] > 1}
        if all(names[raw] == name for raw, name in whole.items()):
            return names
        names |= whole
