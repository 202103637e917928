"""Whether a picture fits into the memory there is, asked before any is taken."""

import contextlib
import os
from pathlib import Path

from params.files import InputError

_GIB = 1 << 30
_UNLIMITED = 1 << 60


def check_memory(path: Path, needed: int, what: str) -> None:
    """Refuse what does not fit.

    Args:
        needed: bytes. what: that take them, for the error.

    Raises:
        InputError: more is needed than is free.
    """
    free = free_memory()
    if free is not None and needed > free:
        raise InputError(
            f"{path}: {what} take {needed / _GIB:.1f} GiB of memory, and {free / _GIB:.1f} are free"
        )


def free_memory() -> int | None:
    """Bytes that this process could still take; None where the system does not tell.

    The least of what Linux calls available, what the process's control group leaves and what its
    own limit of addresses does; elsewhere all the memory that the machine has.
    """
    found = [n for n in (_available(), _of_group(), _of_process()) if n is not None]
    return max(0, min(found)) if found else None


def _available() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _of_group() -> int | None:
    """What a container's limit leaves (control groups, version 2)."""
    group = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError, ValueError):
        most = int((group / "memory.max").read_text())  # "max": ValueError
        used = int((group / "memory.current").read_text())
        for line in (group / "memory.stat").read_text().splitlines():
            name, _, count = line.partition(" ")
            if name in ("inactive_file", "active_file"):  # caches, which give way
                used -= int(count)
        return most - used
    return None


def _of_process() -> int | None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if not 0 < most < _UNLIMITED:
            return None
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return most - pages * os.sysconf("SC_PAGE_SIZE")
    return None
