"""What the photographer did, a line each, on the disk before it is answered.

Lines are JSON: a state or a step of changes, an undo, a redo. A killed studio comes back to the
last whole line; the journal is made short again when it is opened.
"""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from params.files import InputError, replacing

log = logging.getLogger(__name__)

_MOST_BYTES = 1 << 30


class Journal:
    """One file of lines. For one process: who opens it holds the folder's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def read(self) -> Iterator[dict[str, Any]]:
        """The lines that are there; a broken one at the end is left out, others with a warning.

        Raises:
            InputError: the file cannot be read.
        """
        try:
            size = self.path.stat().st_size
            if size > _MOST_BYTES:
                raise InputError(f"{self.path}: larger than {_MOST_BYTES >> 30} GiB, not read")
            with self.path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    try:
                        entry = json.loads(line)
                        if not isinstance(entry, dict):
                            raise ValueError("not an object")
                    except (ValueError, RecursionError):
                        last = file.tell() == size
                        if not last:
                            log.warning("%s: line %d is damaged, left out", self.path, number)
                        continue
                    yield entry
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror or error}") from error

    def begin(self, entries: list[dict[str, Any]]) -> None:
        """Replace the file by these lines, as a whole, and go on behind them.

        Raises:
            InputError: the folder refuses.
        """
        self.close()
        with replacing(self.path) as temporary, temporary.open("wb") as file:
            for entry in entries:
                file.write(_line(entry))
            file.flush()
            os.fsync(file.fileno())
        try:
            self._file = self.path.open("ab")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from error

    def append(self, entry: dict[str, Any]) -> None:
        """Write a line; when this returns it is on the disk.

        Raises:
            InputError: the disk refuses; nothing of the line is left.
        """
        if self._file is None:
            raise InputError(f"{self.path}: the studio is closed")
        end = self._file.tell()
        try:
            self._file.write(_line(entry))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._back_to(end)
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _back_to(self, end: int) -> None:
        """Cut off half a line, behind which a whole one would be lost as well."""
        assert self._file is not None
        name = self._file.name
        try:
            self._file.close()
        except OSError:
            log.debug("%s: half a line was left in its buffer", name)
        os.truncate(name, end)
        self._file = self.path.open("ab")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, allow_nan=False, separators=(",", ":")).encode() + b"\n"
