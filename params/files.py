"""Files a user gives and files we write: one error, one way to write."""

import contextlib
import functools
import hashlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from params.file_attributes import copy_attributes

MOST_JSON = 8 << 20  # bytes of a file that is read as JSON, unless more is known to be needed
MOST_LINE = 1 << 20  # characters
_LONGEST_NAME = 255  # bytes, on all disks that are common
_MACHINE = re.compile("[0-9a-f]{8}")
_SECONDS_OF_OTHERS = 86400.0  # after which an unfinished file of another machine is nobody's
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
    owner = f"{_this_machine()}.{threading.get_native_id()}.{os.getpid()}"
    temporary = path.with_name(f".{path.stem[:40]}.{owner}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if like_old:
            copy_attributes(path, temporary)
        os.replace(temporary, path)
    except OSError as error:
        # NumPy and Pillow tell of a write cut short, but not of what cut it.
        reason = error.strerror or f"{error} (is the disk full?)"
        raise InputError(f"{path}: cannot be written: {reason}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def hidden_beside(path: Path, kind: str) -> Path:
    """A hidden file for a file: .NAME.kind beside it, with NAME shortened where it is too long."""
    name = path.name
    if len(os.fsencode(name)) + len(kind) + 2 > _LONGEST_NAME:
        name = hashlib.blake2b(os.fsencode(name), digest_size=16).hexdigest()
    return path.with_name(f".{name}.{kind}")


def sweep(folder: Path) -> None:
    """Remove what replacing() left in a folder when its process was killed.

    Of other machines, which may be writing there, only what nobody has written to for a day.
    """
    for path in folder.glob(".*.part*"):
        before, _, owner = path.name.split(".part")[0].rpartition(".")
        if not owner.isdecimal():
            continue
        machine = before.split(".")[-2:][0]
        others = _MACHINE.fullmatch(machine) and machine != _this_machine()
        if _is_old(path) if others else not _runs(int(owner)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


@functools.cache
def _this_machine() -> str:
    """This machine's name as letters and digits."""
    return hashlib.blake2b(socket.gethostname().encode(), digest_size=4).hexdigest()


def _is_old(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > _SECONDS_OF_OTHERS
    return False


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


def content_digest(path: Path) -> str:
    """32 hexadecimal letters of a file's content (BLAKE2b); read once while it is not changed.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        status = path.stat()
        return _digest_of(path, status.st_size, status.st_mtime_ns)
    except (OSError, ValueError) as error:  # ValueError: no file's name
        raise InputError(f"{path}: {getattr(error, 'strerror', '') or error}") from error


@functools.lru_cache(maxsize=32)
def _digest_of(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a file of at most `most` bytes.

    Raises:
        InputError: missing, unreadable, or larger.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: no file's name
        raise InputError(f"{path}: {getattr(error, 'strerror', '') or error}") from error
    if len(data) > most:
        size = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most} bytes"
        raise InputError(f"{path}: larger than {size}, not read")
    return data


def read_lines(path: Path, most: int) -> Iterator[str]:
    """The lines of a UTF-8 file of at most `most` bytes, one after the other.

    They end at line feeds only: an unescaped U+2028 in a name is not the end of a line.

    Raises:
        InputError: missing, unreadable, not UTF-8, larger, or with a line of over MOST_LINE.
    """
    room = most
    try:
        with Path(path).open(encoding="utf-8-sig", newline="\n") as file:
            while line := file.readline(MOST_LINE + 1):
                room -= len(line)
                if room < 0 or len(line) > MOST_LINE:
                    what = "the file" if room < 0 else "a line"
                    raise InputError(f"{path}: {what} is too long, not read")
                yield line.removesuffix("\n")
    except (OSError, ValueError) as error:  # a UnicodeDecodeError, or no file's name
        raise InputError(f"{path}: cannot be read: {error}") from error


def read_json(path: Path, most: int = MOST_JSON) -> Any:
    """Read a JSON file of any shape.

    most: bytes that it may have: what comes of them may take twenty times the memory.

    Raises:
        InputError: missing, unreadable, too large, not UTF-8, or not JSON.
    """
    try:
        return json.loads(read_bytes(path, most).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a JSON file: {error}") from error
