"""The commands' flags. Imported first of all by each command: Ctrl-C is one line from here on."""

import os
import sys
from types import TracebackType
from typing import NoReturn

INTERRUPTED = 130  # exit status, as shells have it for Ctrl-C
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
