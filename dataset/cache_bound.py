"""How large a cache of decoded pictures may become: what was not used for longest goes first.

The bound stands in the cache itself, so that each process that writes there, on whichever machine,
keeps to it.
"""

import contextlib
import functools
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

from params.files import InputError, read_bytes, write_text

log = logging.getLogger(__name__)

_NAME = ".most_bytes"
_ROOM = 0.05  # of the bound that is made free at once
_SHARE = 0.02  # of the bound that a process writes before it looks at the whole cache again
_written: dict[Path, float] = {}  # bytes by this process since, by folder


def limit_cache(folder: Path, gigabytes: float | None) -> None:
    """Set the bound of a cache, and keep to it now. None leaves it as it was, at first none.

    Raises:
        InputError: the folder refuses.
    """
    if gigabytes is not None:
        write_text(folder / _NAME, f"{round(gigabytes * 1e9)}\n")
    bound.cache_clear()
    if most := bound(folder):
        there = _trim(folder, most)
        log.info("%s: %.2f of at most %.2f GB", folder, there / 1e9, most / 1e9)


@functools.lru_cache(maxsize=8)
def bound(folder: Path) -> int | None:
    """The bytes that a cache may have; None: as many as come."""
    try:
        return int(read_bytes(folder / _NAME, 100))
    except (InputError, ValueError):
        return None


def note_use(file: Path) -> None:
    """Note that a file of a cache was read: disks seldom do so by themselves."""
    if bound(file.parent):
        with contextlib.suppress(OSError):
            os.utime(file, ns=(time.time_ns(), file.stat().st_mtime_ns))


def keep_bound(file: Path) -> None:
    """A file has come into a cache: see to its size now and then."""
    folder = file.parent
    most = bound(folder)
    if not most:
        return
    with contextlib.suppress(OSError):
        _written[folder] = _written.get(folder, most) + file.stat().st_size
    if _written.get(folder, 0.0) >= _SHARE * most:
        _written[folder] = 0.0
        _trim(folder, most)


def _trim(folder: Path, most: int) -> int:
    """Remove what was not used for longest while there is too much; the bytes that are left."""
    files = sorted(_files(folder))
    total = sum(size for _, size, _ in files)
    if total <= most:
        return total
    for _, size, path in files:
        if total <= most * (1.0 - _ROOM):
            break
        with contextlib.suppress(OSError):
            os.unlink(path)
            total -= size
    return total


def _files(folder: Path) -> Iterator[tuple[int, int, str]]:
    """Time of the last use (ns), size and path of each cache file."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".npz") and not entry.name.startswith("."):
                with contextlib.suppress(OSError):
                    status = entry.stat()
                    yield max(status.st_atime_ns, status.st_mtime_ns), status.st_size, entry.path
