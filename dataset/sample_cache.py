"""Decoded pictures on disk, so that an epoch decodes no picture file."""

import hashlib
import json
import logging
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataset.cache_bound import bound, keep_bound, note_use
from params.edit_process import edit_process
from params.files import replacing

log = logging.getLogger(__name__)

# Part of every name: raise it when what is stored changes.
_VERSION = 1


def cache_name(kind: str, files: Sequence[Path], resolution: int | None, process: int = 1) -> str:
    """Names the cached form of files: changes with place, size, date, resolution and process."""
    decoded_for = [process] if edit_process(process).camera_color else []
    facts: list[Any] = [_VERSION, resolution, *decoded_for]
    for file in files:
        status = file.stat()
        facts.append([str(file.resolve()), status.st_size, status.st_mtime_ns])
    return f"{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]}.{kind}.npz"


def cached(file: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays of a cache file; made again where it's gone or damaged."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            found = dict(arrays)
        note_use(file)
        return found
    except Exception as error:  # NumPy raises any kind for a damaged archive
        gone = isinstance(error, FileNotFoundError)  # as is usual in a cache that is bounded
        level = logging.DEBUG if gone and bound(file.parent) else logging.INFO
        log.log(level, "%s: made again: %s", file.name, " ".join(str(error).split()))
    made = make()
    store(file, made)
    return made


def made_once(file: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """As cached(), where the file need not have been made before: making it is not logged."""
    if not file.is_file():
        store(file, make())
    return cached(file, make)


def store(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write a cache file. Raises InputError when the folder refuses."""
    with replacing(file) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]
    keep_bound(file)


def shape_of(file: Path, name: str) -> tuple[int, int] | None:
    """Height and width of a cached 3xHxW array, by its header; None where it can't be read."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
            np.lib.format.read_magic(member)
            _, height, width = np.lib.format.read_array_header_1_0(member)[0]
    except Exception:  # damaged: cached() makes it again
        return None
    return height, width
