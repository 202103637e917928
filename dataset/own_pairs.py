"""A photographer's own pairs: RAW and edited TIFF by file, folder or table."""

import csv
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset.pairs import TIFF_SUFFIXES, list_files, match_by_stem
from imaging.raw import RAW_SUFFIXES
from params.file_names import Folders, folded
from params.files import InputError, read_bytes

log = logging.getLogger(__name__)

_MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class OwnPairs:
    """The pairs, and the files for which none was found."""

    pairs: list[tuple[Path, Path]]
    unpaired: list[Path]

    def report(self) -> None:
        """Name each unpaired file in a warning."""
        for path in self.unpaired:
            kind = "RAW file" if path.suffix.lower() in TIFF_SUFFIXES else "edited TIFF"
            log.warning("%s: no %s of this name; left out", path, kind)


def pair_paths(raw: Path, tif: Path, expert: str) -> OwnPairs:
    """One RAW and its TIFF, or two folders (they may be the same) paired by name.

    In folders a TIFF belongs to a RAW when it has the same stem, or that stem and __<expert>.

    Raises:
        InputError: nothing there, a file with a folder, or not one pair.
    """
    for path in (raw, tif):
        if not path.exists():
            raise InputError(f"{path}: no such file")
    if raw.is_file() and tif.is_file():
        return OwnPairs([(raw, tif)], [])
    if raw.is_file() or tif.is_file():
        raise InputError(f"{raw} and {tif}: one is a file and one a folder")
    raws, tifs = list_files(raw, RAW_SUFFIXES), list_files(tif, TIFF_SUFFIXES)
    pairs, _ = match_by_stem(raws, tifs, expert)
    if not pairs:
        raise InputError(
            f"{raw} and {tif}: no RAW file with an edited TIFF of the same name "
            f"({len(raws)} RAW, {len(tifs)} TIFF files found)"
        )
    used = {path for pair in pairs for path in pair}
    raw_stems, tif_stems = ({folded(path.stem) for path in paths} for paths in (raws, tifs))
    # Those left out because two share a name have had their error already.
    alone = [
        path
        for path in raws
        if path not in used
        and not {folded(path.stem), folded(f"{path.stem}__{expert}")} & tif_stems
    ]
    alone += [p for p in tifs if p not in used and not _owner(p.stem, expert) & raw_stems]
    return OwnPairs(pairs, alone)


def _owner(stem: str, expert: str) -> set[str]:
    """The RAW stems that a TIFF's stem may belong to."""
    return {folded(stem), folded(stem).removesuffix(folded(f"__{expert}"))}


def pair_table(path: Path) -> OwnPairs:
    """Pairs from a CSV file of two columns, RAW and TIFF; separated by comma, semicolon or tab.

    A relative path is looked for beside the table, then in the current folder. A first row that
    names no files is a heading. A bad row is one logged error, and the rest is used.

    Raises:
        InputError: the table cannot be read, or holds no pair.
    """
    pairs: list[tuple[Path, Path]] = []
    folders = Folders()
    for number, row in _rows(path):
        cells = [cell.strip() for cell in row]
        if len(cells) != 2 or not all(cells):
            problem = f"{len(cells)} columns, not a RAW and a TIFF"
        else:
            found = [_find(cell, path.parent, folders) for cell in cells]
            if None not in found:
                pairs.append((found[0], found[1]))  # type: ignore[arg-type]
                continue
            missing = [cell for cell, file in zip(cells, found, strict=True) if file is None]
            problem = f"no such file: {', '.join(missing)}"
            if number == 1 and len(missing) == 2 and not any("." in cell for cell in cells):
                continue  # a heading
        log.error("%s:%d: %s; row left out", path, number, problem)
    if not pairs:
        raise InputError(f"{path}: no pair in it")
    return OwnPairs(pairs, [])


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of the rows that hold something."""
    try:
        text = read_bytes(path, _MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}") from error


def _find(name: str, folder: Path, folders: Folders) -> Path | None:
    return folders.find(folder / name) or folders.find(Path(name))
