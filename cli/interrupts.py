"""Ctrl-C is one line and an exit status, also while modules are being loaded.

Imported first of all by cli.command, which the commands import first: it holds from there on.
"""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType, TracebackType
from typing import Any, NoReturn

INTERRUPTED = 130  # exit status, as shells have it for Ctrl-C
_COMPILED = ("torch", "torchvision", "timm")
_SOON = 0.02  # seconds
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
    if (pool := _decoders()) is not None:
        pool.call_off()  # threads may be waiting for one that hangs, and are waited for
    raise KeyboardInterrupt


def _decoders() -> ModuleType | None:
    """imaging.decoder.pool; None where it isn't loaded, so that there are none."""
    pool = sys.modules.get("imaging.decoder.pool")
    return pool if hasattr(pool, "lend_again") else None  # else it is being loaded


def _once_more(usual: Callable[[Any], object]) -> Callable[[Any], None]:
    """sys.unraisablehook for Ctrl-C that came where no exception goes on, as in a destructor."""

    def hook(what: Any) -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):
            again = threading.Timer(_SOON, _thread.interrupt_main)
            again.daemon = True
            again.start()
        else:
            usual(what)

    return hook


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt in the block, where that can be caught."""
    usual, usual_hook = signal.getsignal(signal.SIGINT), sys.unraisablehook
    ours = usual is signal.default_int_handler and (
        threading.current_thread() is threading.main_thread()
    )
    if ours:
        signal.signal(signal.SIGINT, _on_interrupt)
        sys.unraisablehook = _once_more(usual_hook)
    try:
        yield
    finally:
        if ours:
            sys.unraisablehook = usual_hook
            signal.signal(signal.SIGINT, usual)
            if (pool := _decoders()) is not None:
                pool.lend_again()
