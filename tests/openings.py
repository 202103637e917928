"""How often a file is opened, by this process and all others, as Linux tells (inotify)."""

import contextlib
import ctypes
import os
import struct
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

# Of <sys/inotify.h>. Reading and closing are watched as well: equal events that follow each
# other are made one, and an opening is always followed by one of these.
_ACCESS, _CLOSE, _OPEN = 0x1, 0x18, 0x20
_EVENT = struct.Struct("iIII")


@contextlib.contextmanager
def openings(*paths: Path) -> Iterator[Counter[str]]:
    """Count how often each file is opened meanwhile, by its name; complete after the block."""
    if not sys.platform.startswith("linux"):
        pytest.skip("counting openings needs Linux's inotify")
    libc = ctypes.CDLL(None, use_errno=True)
    queue = libc.inotify_init()
    if queue < 0:
        pytest.skip(f"no inotify here: {os.strerror(ctypes.get_errno())}")
    names = {}
    for path in paths:
        watch = libc.inotify_add_watch(queue, os.fsencode(path), _ACCESS | _CLOSE | _OPEN)
        assert watch >= 0, os.strerror(ctypes.get_errno())
        names[watch] = path.name
    count: Counter[str] = Counter()

    def listen() -> None:
        """Until no file is watched any more."""
        watched = set(names)
        while watched:
            events = os.read(queue, 1 << 16)
            while events:
                watch, mask, _, length = _EVENT.unpack_from(events)
                events = events[_EVENT.size + length :]
                count[names[watch]] += bool(mask & _OPEN)
                if mask & 0x8000:  # IN_IGNORED: the last of a watch
                    watched.discard(watch)

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield count
    finally:
        for watch in names:
            libc.inotify_rm_watch(queue, watch)
        listener.join()
        os.close(queue)
