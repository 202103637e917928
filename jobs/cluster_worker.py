"""What a cluster's worker does: see whether it is fit for the work, then a job."""

import functools
import hashlib
import os
import platform
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.cores import cores
from jobs.one_job import Done, do_job, limit_threads
from params.files import REPO_ROOT

# Seconds that a shared folder may take to show what another machine wrote.
_PATIENCE, _EVERY = 20.0, 0.5
# Of our own code, what a job may run.
_OURS = ("params", "jobs", "imaging", "model", "report", "dataset", "stages")
_one_at_a_time = threading.Lock()
Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Needs:
    """What a worker must have in common with the process that hands out the jobs.

    versions: see versions(). folder: that paths are relative to.
    mark: a file that must be there, and its content; None: none.
    """

    versions: tuple[tuple[str, str], ...]
    folder: str
    mark: tuple[str, str] | None = None


@dataclass(frozen=True)
class Unfit:
    """Instead of a result: why this worker cannot do the job."""

    why: str


def versions() -> tuple[tuple[str, str], ...]:
    """What results depend on: names and versions; of this project, what its files say."""
    import numpy as np
    import torch

    return (
        ("Python", platform.python_version()),
        ("numpy", np.__version__),
        ("torch", str(torch.__version__)),
        ("Auto ACR's code", _code_digest()),
    )


@functools.cache
def _code_digest() -> str:
    digest = hashlib.blake2b(digest_size=6)
    for folder in _OURS:
        for pattern in ("*.py", "*.c", "*.h"):
            for file in sorted((REPO_ROOT / folder).rglob(pattern)):
                digest.update(file.relative_to(REPO_ROOT).as_posix().encode() + b"\0")
                digest.update(file.read_bytes())
    return digest.hexdigest()


def here() -> Place:
    """This machine, and the cores of it that this process may use."""
    try:
        own = tuple(sorted(os.sched_getaffinity(0)))
    except AttributeError:  # not on macOS and Windows
        own = ()
    return socket.gethostname(), own


def look(needs: Needs) -> Place | Unfit:
    """Where this worker is, or why it cannot do the jobs."""
    why = unfit(needs)
    return Unfit(why) if why else here()


@functools.lru_cache(maxsize=8)
def unfit(needs: Needs) -> str | None:
    """Why this worker cannot do the jobs, in one line; None where it can."""
    own = dict(versions())
    for name, wanted in needs.versions:
        if own[name] != wanted:
            return f"{_name()} has {name} {own[name]}, this process {wanted}"
    if not os.path.isdir(needs.folder):
        return f"{_name()} does not see {needs.folder}, where this process runs"
    if needs.mark is not None and not _sees(*needs.mark):
        return f"{_name()} does not see {Path(needs.mark[0]).parent}, where results go"
    return None


def do_on_worker(
    work: Callable[[Any], Any], job: Any, needs: Needs, sharing: Mapping[Place, int]
) -> Done | Unfit:
    """work(job), in the folder and with the share of the cores that it is to have.

    sharing: workers by place, as far as was known when the job was handed out.
    """
    if why := unfit(needs):
        return Unfit(why)
    with _one_at_a_time:
        os.chdir(needs.folder)
        limit_threads(max(1, cores() // sharing.get(here(), 1)))
        return do_job(work, job)


def _sees(file: str, content: str) -> bool:
    until = time.monotonic() + _PATIENCE
    while os.path.isdir(os.path.dirname(file)):
        try:
            return Path(file).read_text(encoding="utf-8") == content
        except OSError:
            if time.monotonic() > until:
                break
            time.sleep(_EVERY)
    return False


def _name() -> str:
    return f"worker {os.getpid()} on {socket.gethostname()}"
