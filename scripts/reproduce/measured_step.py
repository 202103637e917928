"""One of our commands, run and weighed: wall time, memory of its largest process, disk."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from params.files import REPO_ROOT, InputError, read_json, write_text

log = logging.getLogger(__name__)

NAME = "steps.json"


@dataclass(frozen=True)
class Step:
    """A command of the README. words: the script, below the repository, and what it is given.

    passing: words besides that are others in each run, and say nothing of what is done.
    """

    name: str
    words: Sequence[str]
    passing: Sequence[str] = ()


@dataclass
class Figures:
    """What a step took. Of a step that was broken off and gone on with, all its runs together.

    seconds: wall. cpu: of all its processes, seconds. peak_mb: of its largest process.
    disk_mb: that all folders grew by. done: it came to its end.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0
    disk_mb: float = 0.0
    done: bool = False
    words: list[str] = field(default_factory=list)


class Steps:
    """The steps of a run, kept in steps.json: what is done is not done again."""

    def __init__(self, folder: Path, weighed: Sequence[Path]) -> None:
        self.folder, self.weighed = folder, weighed
        self.found = read_steps(folder)

    def run(self, step: Step) -> None:
        """Run a step unless it is done with the same words.

        Raises:
            InputError: the command failed.
        """
        words = list(step.words)
        own = self.found.get(step.name)
        if own and own.words == words:
            if own.done:
                log.info("%s: done before", step.name)
                return
        else:
            own = self.found[step.name] = Figures(words=words)
        log.info("%s: %s", step.name, " ".join(words))
        before = size_mb(self.weighed)
        start = time.perf_counter()
        status = _run([*words, *step.passing], own)
        own.seconds += time.perf_counter() - start
        own.disk_mb += size_mb(self.weighed) - before
        own.done = status == 0
        self.write()
        if status:
            raise InputError(f"{step.name}: {words[0]} ended with {status}; run again to go on")

    def write(self) -> None:
        document = {name: asdict(one) for name, one in self.found.items()}
        write_text(self.folder / NAME, json.dumps(document, indent=1) + "\n")


def read_steps(folder: Path) -> dict[str, Figures]:
    """The steps of an earlier run; none where there was none. Raises InputError."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        return {name: _figures(one) for name, one in read_json(path).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not the steps of a run: {error}") from error


def _figures(one: Mapping[str, Any]) -> Figures:
    numbers = {name: float(one[name]) for name in ("seconds", "cpu", "peak_mb", "disk_mb")}
    return Figures(**numbers, done=one["done"] is True, words=[str(word) for word in one["words"]])


def size_mb(folders: Sequence[Path]) -> float:
    """What files below folders take on the disk, MB."""
    total = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                total += os.lstat(os.path.join(place, name)).st_size
    return total / 1e6


def _run(words: Sequence[str], figures: Figures) -> int:
    """The exit status of one of our commands, and what it took."""
    script, *more = words
    child = subprocess.Popen([sys.executable, str(REPO_ROOT / script), *more])
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except KeyboardInterrupt:  # which it has got as well, and ends of
        child.wait()
        raise
    child.returncode = 0  # waited for: Popen need not
    figures.cpu += usage.ru_utime + usage.ru_stime
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024.0  # bytes there, KiB elsewhere
    figures.peak_mb = max(figures.peak_mb, usage.ru_maxrss / unit)
    return os.waitstatus_to_exitcode(status)
