"""One process at a time: a lock that ends with the process that holds it, however that ends."""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

from params.files import InputError, hidden_beside

log = logging.getLogger(__name__)

_EVERY = 0.02  # seconds between tries
_SAID_AFTER = 2.0  # seconds


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes and threads that do the same out, for a file that is to be changed.

    The lock is one of the system's on a hidden file beside `path`, which names the process and
    is removed afterwards; that of a process that was killed holds nobody up. On a disk without
    locks there is none.

    Raises:
        InputError: the folder refuses.
    """
    lock = hidden_beside(path, "lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _acquire(lock)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # before it is let go: others see that it is another
            lock.unlink()
        os.close(handle)


@contextlib.contextmanager
def held_at_once(path: Path) -> Iterator[str | None]:
    """As locked(), without waiting: None, or who has the lock (a process's number, or "").

    Raises:
        InputError: the folder refuses.
    """
    lock = hidden_beside(path, "lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    try:
        # A file that its last holder has removed meanwhile: somebody else is just as quick.
        mine = _try(handle) and _is_still(lock, handle)
        if not mine:
            yield os.read(handle, 20).decode("ascii", "replace").strip()
            return
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        try:
            yield None
        finally:
            with contextlib.suppress(OSError):
                lock.unlink()
    finally:
        os.close(handle)


def _acquire(lock: Path) -> int:
    start, said = time.monotonic(), False
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if _try(handle) and _is_still(lock, handle):
                with contextlib.suppress(OSError):  # a full disk: who holds it is only to be told
                    os.ftruncate(handle, 0)
                    os.write(handle, f"{os.getpid()}\n".encode())
                return handle
        except BaseException:
            os.close(handle)
            raise
        owner = os.read(handle, 20).decode("ascii", "replace").strip()
        os.close(handle)
        if not said and time.monotonic() - start > _SAID_AFTER:
            said = True
            log.info("%s: waiting for process %s to let go of it", lock, owner or "unknown")
        time.sleep(_EVERY)


def _try(handle: int) -> bool:
    """Whether the lock could be taken; True on a disk that has none."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log.debug("no locks here: %s", error)
    return True


def _is_still(lock: Path, handle: int) -> bool:
    """Whether the file locked is the one that is there: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(lock))
    except FileNotFoundError:
        return False
