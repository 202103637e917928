"""Standard input, output and errors, also for a command that was started without."""

import os
import sys


def open_standard_files() -> None:
    """Give a command that has none of them (started by `>&-`, some daemons) such as say nothing.

    Else the next files that are opened have their numbers: what a library prints goes into a
    picture, and a process that is started finds its own put aside.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest number is taken
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
