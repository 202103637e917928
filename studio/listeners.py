"""Who is told of what comes about: pages, each by a listener of its own."""

import threading
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Listener = Callable[[Event], None]


class Listeners:
    """Listeners, which are called in the thread that tells, and must not wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Listener] = []

    def tell(self, event: Event) -> None:
        """Tell all."""
        with self._lock:
            listeners = list(self._all)
        for listener in listeners:
            listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have a listener told from now on; what ends that."""
        with self._lock:
            self._all.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._all:
                    self._all.remove(listener)

        return end
