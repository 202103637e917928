"""Pictures kept decoded, as many as a number of bytes holds, the ones used last."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Something that knows what it takes of memory."""

    @property
    def nbytes(self) -> int: ...


Thing = TypeVar("Thing", bound=Sized)


class Kept(Generic[Thing]):
    """Things by key: made once for all who ask meanwhile, and let go by use.

    Args:
        most_bytes: of all of them; one larger than that is kept alone.
        most: of them; None: as many as the bytes allow.
    """

    def __init__(self, most_bytes: int, most: int | None = None) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Thing] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}

    def peek(self, key: Hashable) -> Thing | None:
        """What is kept under a key; None: nothing."""
        with self._lock:
            thing = self._kept.get(key)
            if thing is not None:
                self._kept.move_to_end(key)
            return thing

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """What is kept under a key, else what `make` gives; what that raises is raised."""
        thing = self.peek(key)
        if thing is not None:
            return thing
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            thing = self.peek(key)  # made while this waited
            if thing is None:
                try:
                    thing = make()
                    self._keep(key, thing)
                finally:
                    with self._lock:
                        self._making.pop(key, None)
            return thing

    def drop(self, key: Hashable) -> None:
        """Let go of one."""
        with self._lock:
            self._kept.pop(key, None)

    @property
    def nbytes(self) -> int:
        """What all that is kept takes."""
        with self._lock:
            return sum(thing.nbytes for thing in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def _keep(self, key: Hashable, thing: Thing) -> None:
        with self._lock:
            self._kept[key] = thing
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and (
                sum(one.nbytes for one in self._kept.values()) > self._most_bytes
                or (self._most is not None and len(self._kept) > self._most)
            ):
                self._kept.popitem(last=False)
