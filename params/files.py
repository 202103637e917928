"""Files a user gives and files we write: one error, one way to write."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from params.file_attributes import copy_attributes

REPO_ROOT = Path(__file__).resolve().parents[1]


class InputError(Exception):
    """Something the user gave cannot be used. The message is one line and names it."""


@contextlib.contextmanager
def replacing(path: Path, *, like_old: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it onto `path` when the block succeeds.

    A reader sees the old file or the whole new one. The temporary name keeps the suffix,
    because writers choose a format by it, and is removed when the block fails.

    like_old: the new file gets the mode, owner and extended attributes of the one it replaces.

    Raises:
        InputError: the folder cannot be made or written.
    """
    path = Path(path)
    owner = f"{threading.get_native_id()}.{os.getpid()}"
    temporary = path.with_name(f".{path.stem[:40]}.{owner}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if like_old:
            copy_attributes(path, temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what replacing() left in a folder when its process was killed."""
    for path in folder.glob(".*.part*"):
        owner = path.name.split(".part")[0].rpartition(".")[2]
        if owner.isdecimal() and not _runs(int(owner)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """Whether a process of this number runs on this machine."""
    if os.name == "nt":
        return True  # no harmless way to ask there; the file stays
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically. Raises InputError when the folder refuses."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file of any shape.

    Raises:
        InputError: missing, unreadable, not UTF-8, or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a JSON file: {error}") from error
