"""Files of runs that do a part of the pictures: each has its own, until a run of all takes it."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from jobs.shard import Shard
from params.files import InputError


def part_name(name: str, shard: Shard | None) -> str:
    """A file's name in a run of a part: report.json -> report-3-of-8.json."""
    if shard is None:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{shard.part}-of-{shard.of}{dot}{suffix}"


def parts_of(folder: Path, name: str) -> list[Path]:
    """The files that runs of parts have left of the file of this name."""
    stem, dot, suffix = name.rpartition(".")
    found = []
    for file in sorted(folder.glob(f"{stem}-*-of-*{dot}{suffix}")):
        with contextlib.suppress(InputError):
            middle = file.name[len(stem) + 1 : -len(dot + suffix)].replace("-of-", "/")
            if part_name(name, Shard.parse(middle)) == file.name:
                found.append(file)
    return found


def remove_parts(files: Iterable[Path]) -> None:
    """Remove files whose content is in the file of all."""
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
