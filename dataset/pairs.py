"""RAW and edited TIFF: which files belong together, and both pictures on one grid."""

import logging
import math
import os
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.align import Alignment, aligned_pair, register
from imaging.raw import RAW_SUFFIXES
from imaging.raw_picture import RawPicture
from imaging.tiff import read_tif16
from params.file_names import FOLDS
from params.files import InputError

log = logging.getLogger(__name__)

TIFF_SUFFIXES = frozenset((".tif", ".tiff"))


@dataclass(frozen=True)
class Pair:
    """One photograph twice: raw and target are HxWx3 float32 linear ProPhoto on one grid.

    proxy is the whole RAW picture at proxy size, before it was brought onto the grid.
    """

    raw: np.ndarray
    target: np.ndarray
    alignment: Alignment
    proxy: np.ndarray


def load_pair(
    raw_path: Path, tif_path: Path, long_side: int, process: int = 1, *, by_short_side: bool = False
) -> Pair:
    """As pair_of, of a RAW file that nothing else is asked of. Raises InputError."""
    with RawPicture(raw_path) as picture:
        return pair_of(picture, tif_path, long_side, process, by_short_side=by_short_side)


def pair_of(
    picture: RawPicture,
    tif_path: Path,
    long_side: int,
    process: int = 1,
    *,
    by_short_side: bool = False,
) -> Pair:
    """Read both files and bring them onto one grid of `long_side` pixels at most.

    process: the edit process that the RAW's pixels are for.
    by_short_side: `long_side` is that of the grid's short side.

    Raises:
        InputError: a file cannot be read, or they are not the same photograph.
    """
    proxy = picture.proxy(process)
    edited = read_tif16(tif_path)
    try:
        alignment = register(proxy, edited)
    except InputError as error:
        raise InputError(f"{picture.path} and {tif_path}: {error}") from error
    if by_short_side:
        long_side = math.ceil(long_side * max(edited.shape[:2]) / min(edited.shape[:2]))
    raw = proxy
    needed = 2 * long_side / alignment.part()
    if needed > 1.2 * max(proxy.shape):  # cropped, or a large grid: the proxy is too coarse
        raw = picture.linear_prophoto(math.ceil(needed), process)
    return Pair(*aligned_pair(raw, edited, alignment, long_side), alignment, proxy)


def list_files(folder: Path, suffixes: Iterable[str], recursive: bool = True) -> list[Path]:
    """All files in a folder with one of the suffixes (in either case), sorted.

    Hidden files are left out, and folders that are links are not entered.
    """
    suffixes = frozenset(suffixes)
    found: list[str] = []
    waiting = [os.fspath(folder)]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting += [entry.path] if recursive else []
                    elif (
                        os.path.splitext(entry.name)[1].lower() in suffixes
                        and not entry.name.startswith(".")
                        and _is_file(entry)
                    ):
                        found.append(entry.path)
        except OSError as error:
            log.warning("%s: not looked into: %s", here, error.strerror or error)
    return [Path(path) for path in sorted(found)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        if entry.is_symlink() and not os.path.exists(entry.path):
            os.stat(entry.path)  # what is wrong with the link
        return entry.is_file()
    except OSError as error:  # a link that leads to itself
        log.warning("%s: left out: %s", entry.path, error.strerror or error)
        return False


def match_by_stem(
    raws: Iterable[Path], tifs: Iterable[Path], expert: str
) -> tuple[list[tuple[Path, Path]], list[Path]]:
    """Pair RAW and TIFF files by name.

    A TIFF belongs to a RAW when it has the same stem, or that stem and `__expert`
    (photo.arw with photo.tif, or photo__a.tif for expert a). The latter wins. Names that are
    written alike go first, then those that look alike, then in either case (params.file_names).

    Returns:
        (pairs, RAW files without a TIFF). A stem that two RAW files, or two TIFF files, share
        is left out with an error, because either could be meant.
    """
    raws, tifs = list(raws), list(tifs)
    found: dict[Path, Path] = {}
    settled: set[Path] = set()
    for fold in FOLDS:
        edits_by_stem = _by_stem(tifs, settled, fold)
        for stem, same in _by_stem(raws, settled, fold).items():
            own = edits_by_stem.get(fold(f"{same[0].stem}__{expert}"), [])
            plain = edits_by_stem.get(stem, [])
            edits = own or plain
            if not edits:
                continue
            settled.update(same, own, plain)
            if len(same) > 1 or len(edits) > 1:
                log.error(
                    "%s: %d RAW and %d TIFF files share this name; left out",
                    same[0].stem,
                    len(same),
                    len(edits),
                )
            else:
                found[same[0]] = edits[0]
    pairs = [(raw, found[raw]) for raw in raws if raw in found]
    return pairs, [raw for raw in raws if raw not in settled]


def _by_stem(
    files: Iterable[Path], but: Container[Path], fold: Callable[[str], str]
) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        if file not in but:
            found[fold(file.stem)].append(file)
    return found


def raw_files(root: Path) -> list[Path]:
    """The RAW files of a data set: below raw/ or raw_photos/ where there is one, else anywhere.

    Raises:
        InputError: no such folder.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    places = [root / name for name in ("raw", "raw_photos") if (root / name).is_dir()]
    return list_files(places[0] if places else root, RAW_SUFFIXES)


def tif_files(root: Path, expert: str) -> list[Path]:
    """The edited TIFFs of an expert: FiveK's tiff16_<expert>/, or in a loose folder all TIFFs."""
    places = (root / "processed", root)
    own = next((p / f"tiff16_{expert}" for p in places if (p / f"tiff16_{expert}").is_dir()), None)
    if own:
        return list_files(own, TIFF_SUFFIXES)
    if any(next(place.glob("tiff16_?"), None) for place in places):
        return []  # FiveK without this expert: the others' pictures are not his
    return list_files(root, TIFF_SUFFIXES)


def no_pairs(root: Path, expert: str, raws: Sequence[Path], tifs: Sequence[Path]) -> InputError:
    """What to say of a folder in which nothing can be fitted."""
    return InputError(
        f"{root}: no RAW file with an edited TIFF of the same name by expert {expert} "
        f"({len(raws)} RAW, {len(tifs)} TIFF files found)"
    )
