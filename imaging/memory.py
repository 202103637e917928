"""Whether a picture fits into the memory there is, asked before any is taken.

In a decoder's process what was asked for is also the most that a picture gets.
"""

import contextlib
import os
from pathlib import Path

from params.files import InputError

_GIB = 1 << 30
_UNLIMITED = 1 << 60
# A decoder's libraries take so much for themselves; and of what a picture needs by its numbers
# those that mend them take four times as much.
ROOM, MOST_TIMES = 1 << 30, 4


class _Budget:
    """The limits that this process had of memory for data, bytes; None: no budget is kept."""

    before: tuple[int, int] | None = None


_budget = _Budget()


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
    if _budget.before is not None:
        _limit(ROOM + MOST_TIMES * needed)


def hold_to_budget() -> None:
    """From now on give each picture that this process decodes only what it needs by its size.

    More than that is refused by the system, and ends in a MemoryError, a decoder's own error or its
    end. Linux does so from version 4.7 on; elsewhere nothing is refused.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _budget.before = resource.getrlimit(resource.RLIMIT_DATA)
        new_budget()


def new_budget() -> None:
    """The next picture's budget, as long as its size is not known."""
    if _budget.before is not None:
        _limit(ROOM)


def _limit(more: int) -> None:
    """Let this process take so many bytes more than it has."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        most, hard = _budget.before or resource.getrlimit(resource.RLIMIT_DATA)
        wanted = pages * os.sysconf("SC_PAGE_SIZE") + more
        known = [limit for limit in (wanted, most, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min(known), hard))


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
