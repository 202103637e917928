"""Work on one item after the other under a progress bar; a failed one is named, the rest go on."""

import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from params.files import InputError

log = logging.getLogger(__name__)


Item = TypeVar("Item")


def each(
    items: Iterable[Item],
    work: Callable[[Item], Any],
    *,
    name: Callable[[Item], str | Path],
    desc: str,
    debug: bool = False,
) -> int:
    """Do `work` on each item under a progress bar; a failed one is named and the rest go on.

    Returns:
        how many were done.
    """
    from tqdm import tqdm

    items = list(items)
    done = 0
    for item in tqdm(items, desc=desc, unit="picture", file=sys.stderr, dynamic_ncols=True):
        try:
            work(item)
            done += 1
        except Exception as error:
            if debug:
                raise
            log.error("%s", about(name(item), one_line(error)))
    if done < len(items):
        log.info("%s: %d of %d done, %d failed", desc, done, len(items), len(items) - done)
    return done


def about(item: str | Path, text: str) -> str:
    """A line about an item, which it names."""
    return text if str(item) in text else f"{item}: {text}"


def one_line(error: BaseException) -> str:
    """What is said of an error: InputErrors speak for themselves, others name their type."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"
