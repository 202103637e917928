"""The project's own commands called one after the other, as a user would, for demonstrations."""

import importlib
import logging
import shlex

from params.files import InputError

log = logging.getLogger(__name__)


def step(title: str) -> None:
    """Say what comes next."""
    log.info("\n%s", title)


def call(script: str, *words: object) -> None:
    """Run one of the project's commands, printed before it runs.

    It runs in this process: to start Python and torch anew takes longer than some of them. One at
    a time, therefore: torch's seed and the handlers of messages are the process's.

    Raises:
        InputError: it ended with another exit status than 0.
    """
    arguments = [str(word) for word in words]
    log.info("$ python %s", shlex.join([script, *arguments]))
    command = importlib.import_module(script.removesuffix(".py").replace("/", "."))
    root = logging.getLogger()
    ours, root.handlers = root.handlers, []  # the command says things itself: not twice
    try:
        status = command.main(arguments)
    except SystemExit as error:  # a wrong call
        status = error.code
    finally:
        root.handlers = ours
    if status:
        raise InputError(f"{script} ended with exit status {status}")
