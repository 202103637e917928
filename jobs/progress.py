"""Work on many items under a progress bar, here or elsewhere; a failed one is named,
the rest go on.
"""

import contextlib
import logging
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from jobs.messages import about, one_line
from jobs.one_job import Outcome
from jobs.where import HERE, Where
from params.files import InputError

log = logging.getLogger(__name__)


Item = TypeVar("Item")


def each(
    items: Iterable[Item],
    work: Callable[[Item], Any],
    *,
    name: Callable[[Item], str | Path],
    desc: str,
    where: Where = HERE,
    take: Callable[[Item, Any], object] | None = None,
    debug: bool = False,
) -> int:
    """Do `work` on each item under a progress bar; a failed one is named and the rest go on.

    Args:
        name: of an item, for its error.
        desc: what is done, for the bar.
        where: it is done; by default in this process.
        take: called here with an item and its result, as they come. An error of its own ends
            the whole.
        debug: raise the first error.

    Returns:
        how many were done.
    """
    from tqdm import tqdm

    items = list(items)
    done = 0
    elsewhere = where.elsewhere and items
    source = where.outcomes(items, work) if elsewhere else _one_by_one(items, work, debug)
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    # Closed in any case, which ends the processes.
    with contextlib.closing(source) as outcomes:
        for outcome in tqdm(outcomes, total=len(items), desc=desc, **progress):
            for record in outcome.records:
                logging.getLogger(record.name).handle(record)
            item = outcome.job
            if outcome.error is None:
                if take:
                    take(item, outcome.result)
                done += 1
            elif debug:
                raise RuntimeError(f"{name(item)}: {outcome.error}\n{outcome.trace}")
            else:
                log.error("%s", about(name(item), outcome.error))
    if done < len(items):
        log.info("%s: %d of %d done, %d failed", desc, done, len(items), len(items) - done)
    return done


def _one_by_one(
    items: Sequence[Item], work: Callable[[Item], Any], debug: bool
) -> Generator[Outcome[Item], None, None]:
    for item in items:
        try:
            outcome = Outcome(item, work(item))
        except Exception as error:
            if debug:
                raise
            outcome = Outcome(item, error=one_line(error))
        yield outcome


def check_some(done: int, why: str) -> None:
    """Raise InputError, with the reason, where nothing could be done at all."""
    if not done:
        raise InputError(why)
