"""Items through stages, each stage in threads of its own: while one item is written, the next
is worked on and the one after is read.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class Stage(NamedTuple):
    """work(what the stage before gave) on `threads` items at a time. The first gets the item."""

    work: Callable[[Any], Any]
    threads: int = 1


@dataclass
class ItemResult(Generic[Item]):
    """What became of one item in the stages.

    result: what the last stage gave; None after an error.
    seconds: spent in the stages, without the waits between them.
    warnings: what was logged meanwhile, from warnings upwards.
    """

    item: Item
    result: Any = None
    error: BaseException | None = None
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)


def run_stages(
    items: Iterable[Item], stages: Sequence[Stage], in_flight: int | None = None
) -> Generator[ItemResult[Item], None, None]:
    """Send items through the stages; their results in the order in which they end.

    An error ends its own item only. When the caller stops listening (Ctrl-C, an
    error), what a stage is at is finished, nothing new is begun, and the threads end.

    Args:
        in_flight: items taken up and not yet through, which is what memory has to hold; by
            default one for each thread.
    """
    limit = in_flight or sum(stage.threads for stage in stages)
    ended: queue.SimpleQueue[ItemResult[Item]] = queue.SimpleQueue()
    stopped = threading.Event()
    here = threading.local()

    def advance(outcome: ItemResult[Item], value: Any, position: int) -> None:
        """One stage of an item, in that stage's thread."""
        if stopped.is_set():
            return
        here.outcome = outcome
        start = time.perf_counter()
        try:
            value = stages[position].work(value)
        except BaseException as error:  # anything: an item that never ends would be waited for
            outcome.error = error
        finally:
            here.outcome = None
        outcome.seconds += time.perf_counter() - start
        if outcome.error is None and position + 1 < len(stages):
            try:
                pools[position + 1].submit(advance, outcome, value, position + 1)
                return
            except RuntimeError as error:  # stopped meanwhile, or the system gives no thread
                outcome.error = error
        outcome.result = value if outcome.error is None else None
        ended.put(outcome)

    collector = _Collector(here)
    waiting = iter(items)
    flying = 0
    with ExitStack() as stack:
        logging.getLogger().addHandler(collector)
        stack.callback(logging.getLogger().removeHandler, collector)
        # Ended from the first on, so that each can still hand over to the next.
        pools = [ThreadPoolExecutor(stage.threads) for stage in stages]
        for pool in reversed(pools):
            stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        stack.callback(stopped.set)
        while True:
            while flying < limit:
                try:
                    item = next(waiting)
                except StopIteration:
                    break
                pools[0].submit(advance, ItemResult(item), item, 0)
                flying += 1
            if not flying:
                return
            outcome = ended.get()
            flying -= 1
            yield outcome


class _Collector(logging.Handler):
    """Notes warnings with the item whose thread gave them."""

    def __init__(self, here: threading.local) -> None:
        super().__init__(logging.WARNING)
        self._here = here

    def emit(self, record: logging.LogRecord) -> None:
        outcome = getattr(self._here, "outcome", None)
        if outcome is not None:
            outcome.warnings.append(" ".join(record.getMessage().split()))
