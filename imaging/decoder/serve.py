"""A decoder: a process that reads pictures' files for another one, which survives what they do.

Started by imaging.decoder.child. It asks nothing, writes no file, and ends with its owner.
"""

import contextlib
import fcntl
import logging
import os
import pickle
import select
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imaging.decoder.switch import decode_here
from imaging.decoder.wire import (
    ANSWER,
    ERROR,
    READY,
    Asked,
    ProfileQuestion,
    Question,
    RawQuestion,
    Ring,
    Said,
    receive,
    send,
    send_picture,
)
from imaging.memory import hold_to_budget, new_budget
from imaging.row_blocks import Rows
from params.files import InputError

if TYPE_CHECKING:
    from imaging.raw_reader import RawReader

_NOISY = ("exifread", "PIL", "tifffile")  # one line of ours says it all


def main(end: int, ring: int) -> None:
    """A decoder's whole life: questions in, answers out, until its owner is gone.

    Args:
        end: the file number of this end of the socket.
        ring: that of wire.ring_file.
    """
    end_with_owner(0)
    sacrifice()
    decode_here()
    load()
    be_silent()
    hold_to_budget()
    talk(socket.socket(fileno=end), Ring(ring))


def end_with_owner(lifeline: int) -> None:
    """End this process when nobody holds the other end of a pipe, whatever a decoder is at.

    On Linux the kernel does it, by a signal; elsewhere a thread, while decoders let it run.
    """
    if sys.platform == "linux":
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
        gone = select.poll()
        gone.register(lifeline, 0)
        if gone.poll(0):  # before it was asked for
            os._exit(1)
        return

    def watch() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def sacrifice() -> None:
    """Where memory runs out, let the system end this process rather than its owner; no dumps."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_silent() -> None:
    """From now on let what libraries print go nowhere: the owner listens no longer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def load() -> None:
    """Import what decodes; what cannot be imported is told when it is needed."""
    with contextlib.suppress(ImportError):
        import imaging.raw_reader
        import imaging.tiff_reading  # noqa: F401


class _Heard(logging.Handler):
    """Keeps what is logged, from warnings upwards."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.name, record.levelno, record.getMessage()))


class Desk:
    """What answers: the RAW file that is open, and what has been told since the last answer."""

    def __init__(self) -> None:
        self._open: RawReader | None = None
        self._heard = _Heard()
        self._warnings: list[str] = []
        logging.getLogger().addHandler(self._heard)
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def answer(self, question: Question) -> Any:
        """The value, or Rows of a picture. Raises what the readers raise."""
        new_budget()
        if isinstance(question, RawQuestion):
            from imaging.raw_reader import RawReader

            if self._open is None:
                self._open = RawReader(question.path, self._warnings.append)
            return getattr(self._open, question.method)(*question.arguments)
        if isinstance(question, ProfileQuestion):
            from imaging.profile_encoding import try_profile

            return try_profile(question.path, question.profile)
        from imaging.tiff_reading import tiff_rows

        return tiff_rows(question.path, question.assume, plain_rgb16=question.plain_rgb16)

    def close(self) -> None:
        """Let go of the RAW file that is open."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def said(self, value: Any, trace: str = "") -> Said:
        """The value, and what has been told."""
        found = Said(value, list(self._warnings), list(self._heard.records), trace)
        self._warnings.clear()
        self._heard.records.clear()
        return found


def talk(end: socket.socket, ring: Ring) -> None:
    """Answer until the other end is gone."""
    desk = Desk()
    with contextlib.suppress(EOFError, OSError):
        send(end, READY, None)
        while True:
            _, message = receive(end)
            if isinstance(message, Asked):
                _answer(end, ring, desk, message)
            else:
                desk.close()


def _answer(end: socket.socket, ring: Ring, desk: Desk, asked: Asked) -> None:
    if asked.folder is not None:
        with contextlib.suppress(OSError):
            os.chdir(asked.folder)
    try:
        value = desk.answer(asked.question)
        if isinstance(value, Rows):
            send_picture(end, ring, value)
            value = None
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        error = _to_be_sent(asked.question.path, error)
        send(end, ERROR, desk.said(error, traceback.format_exc()))
    else:
        send(end, ANSWER, desk.said(value))


def _to_be_sent(path: Path, error: Exception) -> Exception:
    """The error as its owner is to raise it."""
    if isinstance(error, MemoryError):
        text = f"{path}: decoding it takes more memory than a picture of its kind should"
        return InputError(text)
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # one that cannot be told in whole
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
