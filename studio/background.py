"""Threads of the studio that work behind the page."""

import contextlib
import threading
from collections.abc import Callable

_PATIENCE = 10.0  # seconds


def background(name: str, work: Callable[[], None]) -> threading.Thread:
    """A thread for work(), not begun yet: Ctrl-C, which calls decoders off, ends it quietly."""

    def quietly() -> None:
        with contextlib.suppress(KeyboardInterrupt):
            work()

    return threading.Thread(target=quietly, name=name, daemon=True)


def join(thread: threading.Thread) -> None:
    """Wait for a thread that has been told to end, if it was begun, but not for ever."""
    if thread.is_alive():
        thread.join(_PATIENCE)
