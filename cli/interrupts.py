"""Ctrl-C is one line and an exit status, also while modules are being loaded.

Imported first of all by cli.command, which the commands import first: it holds from there on.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import NoReturn

INTERRUPTED = 130  # exit status, as shells have it for Ctrl-C
_COMPILED = ("torch", "torchvision", "timm")
_usual_hook = sys.excepthook


def leave() -> NoReturn:
    """End the process here and now as after Ctrl-C."""
    sys.stderr.write("ERROR: interrupted\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For Ctrl-C outside cli.command.run_command: while modules are being loaded."""
    if issubclass(kind, KeyboardInterrupt):
        leave()  # else Python ends by the signal itself
    _usual_hook(kind, error, trace)


sys.excepthook = _hook


def _on_interrupt(*_: object) -> None:
    """Ctrl-C while torch is being loaded would be an exception in C++, which aborts."""
    for name in _COMPILED:
        if getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False):
            leave()
    raise KeyboardInterrupt


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt in the block, where that can be caught."""
    usual = signal.getsignal(signal.SIGINT)
    ours = usual is signal.default_int_handler and (
        threading.current_thread() is threading.main_thread()
    )
    if ours:
        signal.signal(signal.SIGINT, _on_interrupt)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, usual)
