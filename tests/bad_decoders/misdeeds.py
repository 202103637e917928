"""What a broken decoder may do, by the name of the file that it is given.

The modules beside this one stand before the real ones on a decoder's path.
"""

import ctypes
import importlib
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

_later = [False]


def misbehave(name: str) -> None:
    """Crash, hang (and let no thread run), take memory, or end, as the file is called."""
    stem = Path(name).stem
    if stem == "crash" or _later[0]:
        ctypes.string_at(0)
    elif stem == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif stem == "hang":
        Path(name).with_suffix(".hangs").touch()
        while True:
            ctypes.PyDLL(None).pause()
    elif stem == "allocate":
        kept = []
        while True:
            kept.append(np.empty(64 << 20, np.uint8))
    elif stem == "exit":
        os._exit(3)
    elif stem == "break":  # what is read next crashes
        _later[0] = True


def real(name: str) -> ModuleType:
    """The module that one of this folder stands before, which it becomes."""
    here = str(Path(__file__).parent)
    path, sys.path = sys.path, [entry for entry in sys.path if entry != here]
    try:
        del sys.modules[name]
        return importlib.import_module(name)
    finally:
        sys.path = path
