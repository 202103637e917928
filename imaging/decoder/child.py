"""A decoder, seen by its owner: a process that is asked one thing after another."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import IO, Any, NoReturn

import numpy as np

from imaging.decoder.switch import VARIABLE
from imaging.decoder.wire import (
    ANSWER,
    ERROR,
    PICTURE,
    PIECE,
    Asked,
    Closed,
    Patience,
    PictureTaker,
    Question,
    Ring,
    Said,
    receive,
    ring_file,
    send,
)
from params.files import REPO_ROOT, InputError

_SECONDS_TO_START = 60.0
_LAST_WORDS = 1 << 16  # bytes: as much as a pipe holds
_PROGRAM = """
import sys
sys.path[:] = sys.argv[3:]
from imaging.decoder.serve import main
main(int(sys.argv[1]), int(sys.argv[2]))
"""


class CalledOffError(Exception):
    """Nobody waits for the answer any more: see Child.call_off."""


class DecoderDiedError(Exception):
    """The process ended instead of answering; the message says how, as the end of a sentence.

    by_itself: nobody here ended it.
    """

    def __init__(self, text: str, *, by_itself: bool) -> None:
        super().__init__(text)
        self.by_itself = by_itself


class _ThereError(Exception):
    """Where an error was raised in the other process: the cause that a traceback shows."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class Child:
    """A process of its own, warm until end(). For one thread at a time.

    Raises:
        InputError: it cannot be started.
    """

    def __init__(self) -> None:
        self.used = False  # for another file before
        self.called_off = False
        self._ready = False
        try:
            with contextlib.ExitStack() as stack:
                self._end, theirs = socket.socketpair()
                stack.enter_context(theirs)
                file = ring_file()
                stack.callback(os.close, file)
                self._ring = Ring(file)
                self._process = _started(theirs.fileno(), file)
        except OSError as error:
            if hasattr(self, "_end"):
                self._end.close()
            raise InputError(f"no process can be started to decode: {error.strerror}") from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Question, seconds: float, warn: Callable[[str], Any]) -> Any:
        """The answer. What was logged there is logged here, in this thread.

        Args:
            seconds: to wait, in all.
            warn: takes the warnings of imaging.raw_file.RawFile.

        Returns:
            a value, or the picture: HxWx3 float32.

        Raises:
            CalledOffError: by call_off(), in another thread.
            DecoderDiedError: it crashed or did not start, or took too long and was ended.
            Exception: what the reader raised.
        """
        try:
            kind, said, picture = self._exchange(question, seconds)
        except TimeoutError:
            how = f"did not answer within {seconds if self._ready else _SECONDS_TO_START:.0f} s"
            self._give_up(how, by_itself=False)
        except (EOFError, OSError):
            self._give_up(self._how_it_ended(), by_itself=True)
        except BaseException:  # Ctrl-C: the next question would get this one's answer
            self.end()
            raise
        for line in said.warnings:
            warn(line)
        for name, level, text in said.records:
            logging.getLogger(name).log(level, "%s", text)
        if kind == ERROR:
            raise said.value from _ThereError(said.trace)
        return said.value if picture is None else picture

    def _exchange(
        self, question: Question, seconds: float
    ) -> tuple[bytes, Said, np.ndarray | None]:
        """Ask, and hear the answer out: its kind, what was said, and the picture if it is one."""
        end, taker = self._end, None
        send(end, ANSWER, Asked(question, _folder(question)))
        if not self._ready:
            receive(end, Patience(_SECONDS_TO_START))
            self._ready = True
            self._close(self._process.stderr)
        patience = Patience(seconds)
        while True:
            kind, content = receive(end, patience)
            if kind == PICTURE:
                taker = PictureTaker(content)
            elif kind == PIECE and taker is not None:
                taker.take(end, self._ring, content)
            elif kind == ERROR or taker is None or taker.whole:
                return kind, content, taker.pixels if taker else None
            else:
                raise EOFError  # it is out of its mind

    def _give_up(self, how: str, *, by_itself: bool) -> NoReturn:
        """End it, and raise what has become of it."""
        last = self._last_line()
        self.end()
        if self.called_off:
            raise CalledOffError from None
        if not self._ready:
            how = f"cannot be started: {last or how}; {VARIABLE}=1 reads files without one"
        raise DecoderDiedError(how, by_itself=by_itself) from None

    def _last_line(self) -> str:
        """The last line of what it said on standard error while it was being started."""
        if self._process.stderr is None or self._process.stderr.closed:
            return ""
        file = self._process.stderr.fileno()
        os.set_blocking(file, False)
        try:
            said = os.read(file, _LAST_WORDS)
        except OSError:  # nothing yet
            return ""
        return " ".join(said.decode(errors="replace").strip().rpartition("\n")[2].split())

    def call_off(self) -> None:
        """Have who waits for an answer, in another thread, wait no longer."""
        self.called_off = True
        self._process.kill()

    def close_file(self) -> None:
        """Have it let go of the RAW file that is open, and of LibRaw's memory."""
        with contextlib.suppress(OSError):  # it died: who asks next will hear of it
            send(self._end, ANSWER, Closed())

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._let_go()

    def disown(self) -> None:
        """After a fork, in the new process: it is the other's."""
        self._process.returncode = 0  # else Python waits for it, which only its parent can
        self._let_go()

    def _let_go(self) -> None:
        self._end.close()
        self._close(self._process.stdin)
        self._close(self._process.stderr)

    @staticmethod
    def _close(file: IO[bytes] | None) -> None:
        if file is not None:
            file.close()

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:  # it closed our socket, or sent rubbish
            return "does not answer any more"
        if code >= 0:
            return f"ended with exit status {code}"
        if code == -signal.SIGKILL:
            return "was killed, by the system if memory ran out"
        return f"crashed with signal {-code}"


def _started(*numbers: int) -> "subprocess.Popen[bytes]":
    """The process, with these two files open. Raises OSError."""
    words = [str(word) for word in (*numbers, REPO_ROOT, *sys.path)]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, *words],
        stdin=subprocess.PIPE,  # open for as long as we live
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,  # why it does not start; later nothing: errors come to us
        pass_fds=numbers,
        process_group=0,  # Ctrl-C is ours to handle
        env=_environment(),
    )


def _folder(question: Question) -> str | None:
    """The folder that its path starts from; None where the path needs none."""
    if not question.path.is_absolute():
        with contextlib.suppress(OSError):
            return os.getcwd()
    return None


def _environment() -> dict[str, str]:
    """Ours; with no threads for matrices, of which a decoder multiplies small ones only."""
    threads = os.environ.get("OMP_NUM_THREADS")
    own = {"OPENBLAS_NUM_THREADS": "1"} | ({"OPENCV_FOR_THREADS_NUM": threads} if threads else {})
    return own | os.environ
