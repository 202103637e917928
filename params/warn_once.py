"""Warnings of files that are read several times in a run: each is said once."""

import functools
import logging


@functools.lru_cache(maxsize=4096)
def warn_once(log: logging.Logger, line: str) -> None:
    """Warn, unless the same was said before."""
    log.warning("%s", line)
