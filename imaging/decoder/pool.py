"""Decoders kept warm: each is lent for as long as a file is read, and then to the next.

One that crashes, hangs or takes too much memory costs its file an error, and is replaced.
"""

import atexit
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from imaging.decoder.child import CalledOffError, Child, DecoderDiedError
from imaging.decoder.switch import decodes_here
from imaging.decoder.wire import Question
from params.files import InputError

log = logging.getLogger(__name__)

# How long a decoder may keep us waiting: about a hundred times what the slowest do.
SECONDS, SECONDS_A_MEGABYTE = 60.0, 2.0


class _Pool:
    """All decoders of this process. idle: those that are not lent.

    called_off: none is lent.
    """

    def __init__(self) -> None:
        self.called_off = False
        self.begin()

    def begin(self) -> None:
        """Have none."""
        # A Loan that is let go of may be found so, and closed, while this thread holds the lock.
        self.lock = threading.RLock()
        self.idle: list[Child] = []
        self.all: set[Child] = set()

    def borrow(self) -> Child:
        with self.lock:
            while self.idle:
                child = self.idle.pop()
                if child.alive and not child.called_off:
                    return child
                child.end()
                self.all.discard(child)
        if self.called_off:
            raise CalledOffError
        child = Child()
        with self.lock:
            self.all.add(child)
        if self.called_off:  # while it was being started
            child.call_off()
        return child

    def give_back(self, child: Child) -> None:
        with self.lock:
            self.idle.append(child)

    def remove(self, child: Child) -> None:
        with self.lock:
            self.all.discard(child)


_pool = _Pool()


def end_all() -> None:
    """End the decoders; those that are asked for later are new ones."""
    for child in tuple(_pool.all):
        child.end()
    _pool.begin()


def call_off() -> None:
    """Ctrl-C: have all threads that wait for decoders, or come to ask for one, interrupted.

    May be called at any place of a program: it waits for nothing.
    """
    _pool.called_off = True
    for child in tuple(_pool.all):
        child.call_off()


def lend_again() -> None:
    """After call_off(): who asks now gets a decoder."""
    _pool.called_off = False


def _after_fork() -> None:
    """The decoders are those of the process that was forked."""
    for child in _pool.all:
        child.disown()
    _pool.begin()


atexit.register(end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Loan:
    """A decoder for one file, borrowed when it is first asked, and given back by close().

    Args:
        warn: takes the warnings of imaging.raw_file.RawFile; by default they are logged.
    """

    def __init__(self, warn: Callable[[str], Any] | None = None) -> None:
        self._warn = warn or (lambda line: log.warning("%s", line))
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Give the decoder back."""
        child, self._child = self._child, None
        if child is not None:
            child.close_file()
            child.used = True
            _pool.give_back(child)

    def ask(self, question: Question) -> Any:
        """The answer to a question about the file; of a picture HxWx3 float32.

        Raises:
            InputError: as the readers; or the decoder crashed, hung, or took too much memory.
            KeyboardInterrupt: it was called off.
        """
        for again in (True, False):
            try:
                child = self._child = self._child or _pool.borrow()
            except CalledOffError:
                raise KeyboardInterrupt from None
            try:
                return child.ask(question, _patience(question.path), self._warn)
            except CalledOffError:
                raise KeyboardInterrupt from None
            except DecoderDiedError as error:
                # A file before may have broken what this one then met: it gets a new decoder.
                if not (again and child.used and error.by_itself):
                    raise InputError(f"{question.path}: its decoder {error}") from None
            finally:
                if not child.alive:
                    self._child = None
                    _pool.remove(child)
        raise AssertionError("not reached")


def warm_up() -> None:
    """Start a decoder where there is none, so that it is ready when the first file is opened."""
    with contextlib.suppress(InputError, CalledOffError):  # who asks will hear of it
        if not (_pool.all or decodes_here()):
            _pool.give_back(_pool.borrow())


def _patience(path: Path) -> float:
    """Seconds to wait for a file's decoder."""
    try:
        return SECONDS + SECONDS_A_MEGABYTE * path.stat().st_size / 1e6
    except (OSError, ValueError):  # it is for the decoder to tell
        return SECONDS
