"""The decoders that run, and what they leave, as Linux tells."""

import os
import time
from pathlib import Path


def decoders(owner: int) -> list[int]:
    """The processes that decode for another one, by their numbers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if parent == owner and b"imaging.decoder" in words:
            found.append(int(folder.name))
    return found


def ended(process: int, seconds: float = 20.0) -> bool:
    """Whether a process ends within so many seconds; one that nobody has waited for counts."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


def shared_memory() -> set[str]:
    """Names of what programs have in shared memory; without semaphores, which come and go with
    other programs, and of which decoders have none.
    """
    return {name for name in os.listdir("/dev/shm") if not name.startswith("sem.")}
