"""A Python program that ends when whoever started it does, however that ends.

`python -m jobs.while_owned PROGRAM ARGUMENT…` runs it as `python PROGRAM ARGUMENT…` would, and ends
it at once, with status 1, when its standard input is closed: the other end of that pipe belongs to
the starter.
"""

import os
import runpy
import sys
import threading


def _end_with_owner() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(1)  # whatever the other threads are at


if __name__ == "__main__":
    threading.Thread(target=_end_with_owner, daemon=True).start()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
