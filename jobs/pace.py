"""How often a file that grows with a run is written anew: so that it stays a small part of it."""

import contextlib
import time
from collections.abc import Iterator

# Between two times: seconds at least, and so long that they take no larger a share of the run.
SECONDS, SHARE = 10.0, 0.05


class Pace:
    """When something is due that is done again and again."""

    def __init__(self) -> None:
        self._next = time.monotonic() + SECONDS

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._next

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """While it is done: the longer this takes, the later it is due again."""
        start = time.monotonic()
        try:
            yield
        finally:
            end = time.monotonic()
            self._next = end + max(SECONDS, (end - start) / SHARE)
