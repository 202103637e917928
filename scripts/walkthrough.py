"""The project's own commands called one after the other, as a user would, for demonstrations."""

import logging
import shlex
import subprocess
import sys

from params.files import REPO_ROOT, InputError

log = logging.getLogger(__name__)


def step(title: str) -> None:
    """Say what comes next."""
    log.info("\n%s", title)


def call(script: str, *words: object) -> None:
    """Run one of the project's commands, printed before it runs.

    Raises:
        InputError: it ended with another exit status than 0.
    """
    arguments = [str(word) for word in words]
    log.info("$ python %s", shlex.join([script, *arguments]))
    done = subprocess.run([sys.executable, str(REPO_ROOT / script), *arguments], check=False)
    if done.returncode:
        raise InputError(f"{script} ended with exit status {done.returncode}")
