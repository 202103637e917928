"""Background work steps back while somebody waits for a picture."""

import contextlib
import threading
import time
from collections.abc import Iterator

_QUIET = 0.4  # seconds after the last answer: a slider that moves asks again sooner
_LONGEST = 5.0  # seconds that background work waits in all, each time


class Attention:
    """Counts what is being waited for; background work waits until there is nothing."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asked = 0
        self._last = -_QUIET

    @contextlib.contextmanager
    def asked(self) -> Iterator[None]:
        """Somebody waits for what is done in the block."""
        with self._changed:
            self._asked += 1
        try:
            yield
        finally:
            with self._changed:
                self._asked -= 1
                self._last = time.monotonic()
                self._changed.notify_all()

    def wait(self, closing: threading.Event) -> None:
        """Wait for quiet, some seconds at most."""
        until = time.monotonic() + _LONGEST
        with self._changed:
            while not closing.is_set() and (now := time.monotonic()) < until:
                left = self._last + _QUIET - now
                if not self._asked and left <= 0.0:
                    return
                self._changed.wait(0.1 if self._asked else max(left, 0.01))
