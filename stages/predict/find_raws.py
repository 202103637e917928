"""Which RAW files a command was given, and what to call their results."""

import contextlib
import glob
import itertools
import logging
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dataset.pairs import list_files
from imaging.raw import RAW_SUFFIXES
from params.file_names import Folders, folded
from params.files import InputError

log = logging.getLogger(__name__)

_LIST_LIMIT = 64 * 2**20  # bytes
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass
class Sources:
    """RAW files without doubles, and the folder that their results' names are relative to."""

    raws: list[Path]
    base: Path


@dataclass
class _Search:
    """What has been found so far, and the folders it was looked for in."""

    batch: bool
    recursive: bool
    raws: dict[str, Path] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    folders: Folders = field(default_factory=Folders)

    def add(self, raws: Iterable[Path], root: Path) -> bool:
        """Whether there were any."""
        found = False
        for raw in raws:
            place = os.path.abspath(raw)
            self.raws.setdefault(place, raw)
            if os.path.exists(place):  # a slip in a list must not move all other results
                self.roots += [os.path.abspath(root), os.path.dirname(place)]
            found = True
        return found

    def add_folder(self, folder: Path) -> None:
        if not (self.batch or self.recursive):
            self.problems.append(f"{folder}: a folder; add --batch to do every RAW file in it")
            return
        found = self.add(list_files(folder, RAW_SUFFIXES, self.recursive), folder)
        below = "" if self.recursive else _subfolders(folder)
        if not found:
            self.problems.append(f"{folder}: no RAW files in it{below}")
        elif below:
            log.info("%s%s", folder, below.replace(";", ":", 1))

    def add_pattern(self, pattern: str) -> None:
        """Files that match, RAW by their suffix (in either case), and folders that match."""
        parts = Path(pattern).parts
        fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), parts))
        root, rest = Path(*fixed), _either_case(os.path.join(*parts[len(fixed) :]))
        try:
            matches = sorted(path for path in root.glob(rest) if not path.name.startswith("."))
        except (OSError, ValueError, NotImplementedError) as error:
            self.problems.append(f"{pattern}: not a pattern: {error}")
            return
        found = [path for path in matches if _is_raw(path) and os.path.isfile(path)]
        if self.batch or self.recursive:
            for folder in filter(os.path.isdir, matches):
                found += list_files(folder, RAW_SUFFIXES, self.recursive)
        if not self.add(found, root):
            self.problems.append(f"{pattern}: no RAW file matches")

    def add_path(self, path: Path) -> None:
        """A folder, or a file, also one that is missing: it fails by name, the rest is done."""
        if os.path.isdir(path):
            self.add_folder(path)
            return
        if not os.path.lexists(path):  # a list from another system may write its letters otherwise
            path = self.folders.find(path) or path
        self.add([path], path.parent)


def find_raws(
    given: Sequence[str | Path], *, batch: bool = False, recursive: bool = False
) -> Sources:
    """The RAW files meant by --input: files, folders, patterns with * and ?, @lists of paths.

    Of several files named one by one, those that aren't RAW by their suffix are left out with a
    warning (`shoot/*` names the JPEGs as well); a single one is taken at its word.

    Args:
        batch: take the RAW files in a folder.
        recursive: and those in its subfolders.

    Raises:
        InputError: nothing can be done: no such file, a folder without batch or without RAW
            files, or a list that cannot be read. What is wrong beside good inputs is logged.
    """
    search = _Search(batch, recursive)
    for word in map(str, given):
        if os.path.lexists(word):
            search.add_path(Path(word))
        elif word.startswith("@"):
            try:
                for line in read_list(Path(word[1:])):
                    search.add_path(Path(line))
            except InputError as error:
                search.problems.append(str(error))
        elif glob.has_magic(word):
            search.add_pattern(word)
        else:
            search.add_path(Path(word))
    raws = _without_others(list(search.raws.values()))
    if raws and not any(map(os.path.exists, raws)):
        more = f" (and {len(raws) - 1} more)" if len(raws) > 1 else ""
        search.problems.append(f"{raws[0]}: no such file{more}")
        raws = []
    if not raws:
        *rest, last = search.problems or ["no input that is a RAW file"]
        for problem in rest:
            log.error("%s", problem)
        raise InputError(last)
    for problem in search.problems:
        log.error("%s", problem)
    return Sources(raws, _common_folder(search.roots))


def read_list(path: Path) -> list[str]:
    """The paths in a file: one a line, or with zero bytes between them (find -print0).

    Raises:
        InputError: it cannot be read, is too large for a list, or empty.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LIST_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if len(data) > _LIST_LIMIT:
        raise InputError(f"{path}: larger than {_LIST_LIMIT // 2**20} MiB, not read as a list")
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            try:
                data = os.fsencode(data.decode(encoding))
            except UnicodeError as error:
                raise InputError(f"{path}: not a list of paths: {error}") from error
            break
    lines = data.split(b"\0") if b"\0" in data else data.splitlines()
    found = [os.fsdecode(line) for line in lines if line.strip()]
    if not found:
        raise InputError(f"{path}: an empty list")
    return found


def result_names(raws: Sequence[Path], base: Path) -> dict[Path, Path]:
    """A relative path without suffix for each RAW's results: where it lies below `base`.

    RAW files that differ only in their suffix (a.arw, a.dng) keep it, so that neither's
    results overwrite the other's.
    """
    whole = {raw: _below(raw, base) for raw in raws}
    names = {raw: name.with_suffix("") for raw, name in whole.items()}
    while True:  # a name that keeps its suffix may meet one that has lost its own (a.dng.arw)
        count = Counter(folded(str(name)) for name in names.values())
        longer = {raw: whole[raw] for raw in raws if count[folded(str(names[raw]))] > 1}
        if all(names[raw] == name for raw, name in longer.items()):
            return names
        names |= longer


def _below(raw: Path, base: Path) -> Path:
    """Where a file lies below a folder; for a missing one that doesn't, its whole path."""
    relative = Path(os.path.relpath(raw, base))
    return Path(*Path(os.path.abspath(raw)).parts[1:]) if ".." in relative.parts else relative


def _without_others(raws: list[Path]) -> list[Path]:
    others = [raw for raw in raws if not _is_raw(raw) and os.path.exists(raw)]
    if not others or len(raws) == 1:
        return raws
    more = f" (and {len(others) - 1} more)" if len(others) > 1 else ""
    log.warning("%s%s: left out: not a RAW file by its suffix", others[0], more)
    gone = set(others)
    return [raw for raw in raws if raw not in gone]


def _is_raw(path: Path) -> bool:
    return path.suffix.lower() in RAW_SUFFIXES


def _subfolders(folder: Path) -> str:
    """What to say of subfolders that are not looked into."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        below = [e for e in entries if e.is_dir(follow_symlinks=False) and e.name[0] != "."]
        if below:
            return f"; subfolders not looked into: {len(below)} (--recursive takes them)"
    return ""


def _either_case(pattern: str) -> str:
    """*.arw as a pattern for *.ARW, too."""
    stem, dot, suffix = pattern.rpartition(".")
    if not dot or not re.fullmatch("[A-Za-z0-9]+", suffix):
        return pattern
    both = "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in suffix)
    return f"{stem}.{both}"


def _common_folder(roots: Sequence[str]) -> Path:
    try:
        return Path(os.path.commonpath(roots))
    except ValueError as error:  # on Windows only
        raise InputError("--input names files on several drives: one command for each") from error
