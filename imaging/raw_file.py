"""A RAW file opened once: for those who read its header, and for LibRaw.

All errors become InputError, one line each.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from imaging.memory import check_memory
from imaging.tiff_budget import check_directories
from params.files import InputError

log = logging.getLogger(__name__)

_MOST_BYTES = 4 << 30  # LibRaw is given the whole file; the largest of cameras have 1


@dataclass(frozen=True)
class LibRawFacts:
    """What LibRaw says of a file before it decodes, which changes some of it.

    sizes: rawpy's ImageSizes. colors: how many a pixel can have. balance: as-shot factors of
    red, green and blue, 0 where unknown. matrix: XYZ to camera, 3x3, all 0 where unknown.
    pattern: which of LibRaw's colours (0 red, 1 and 3 green, 2 blue) the pixels of the mosaic's
    repeating block are: 2x2 of a Bayer one, 1x1 where there is none.
    """

    sizes: Any
    colors: int
    balance: np.ndarray
    matrix: np.ndarray
    pattern: np.ndarray


class RawFile:
    """A file's one handle, and what reads from it. For one thread at a time.

    Opened when first asked for anything; after close() it would be opened again.

    Args:
        warn: takes what is odd about the file, a line each that names it; by default logged.
    """

    def __init__(self, path: Path | str, warn: Callable[[str], None] | None = None) -> None:
        self.path = Path(path)
        self._warn = warn or (lambda line: log.warning("%s", line))
        self._warned: set[str] = set()
        self._handle: BinaryIO | None = None
        self._checked = False
        self._tiff: Any = None
        self._libraw: Any = None
        self._facts: LibRawFacts | None = None
        self._levels: dict[str, Any] | None = None
        self._mosaic: np.ndarray | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, and of what LibRaw holds of it."""
        self.free_libraw()
        self._tiff = None
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def free_libraw(self) -> None:
        """Free LibRaw's memory: the file, its sensor's values, and its last picture."""
        if self._libraw is not None:
            self._libraw.close()
            self._libraw = None
            self._levels = None
        self._mosaic = None

    def warn(self, text: str) -> None:
        """Say once what is odd about the file."""
        if text not in self._warned:
            self._warned.add(text)
            self._warn(f"{self.path}: {text}")

    def handle(self) -> BinaryIO:
        """The open file, at its beginning. Raises InputError."""
        if self._handle is None:
            try:
                self._handle = self.path.open("rb")
            except (FileNotFoundError, ValueError) as error:  # ValueError: not a file's name
                raise InputError(f"{self.path}: no such file") from error
            except OSError as error:
                raise InputError(f"{self.path}: {error.strerror or error}") from error
        self._handle.seek(0)
        return self._handle

    def length(self) -> int:
        """The file's length. Raises InputError."""
        return os.fstat(self.handle().fileno()).st_size

    def _check_directories(self) -> None:
        """Once: refuse what would take any reader minutes and gigabytes. Raises InputError."""
        if not self._checked:
            check_directories(self.handle(), self.path)
            self._checked = True

    def tiff(self) -> Any:
        """As a tifffile.TiffFile, which most RAW families are inside; None for others.

        Raises:
            InputError: it cannot be read at all.
        """
        if self._tiff is None:
            import tifffile

            try:
                self._check_directories()
                self._tiff = tifffile.TiffFile(self.handle())
            except OSError as error:
                raise InputError(f"{self.path}: {error.strerror or error}") from error
            except InputError:
                raise
            except Exception:
                return None
        return self._tiff

    @contextlib.contextmanager
    def libraw(self) -> Iterator[Any]:
        """The file as rawpy.RawPy, which stays open until it is freed. Raises InputError."""
        import rawpy

        try:
            if self._libraw is None:
                # LibRaw takes a name through the C library, which may not know its letters:
                # the bytes are handed over by Python instead.
                length = self.length()
                if length == 0:
                    raise InputError(f"{self.path}: the file is empty")
                if length > _MOST_BYTES:
                    raise InputError(f"{self.path}: {length >> 30} GiB is too large for a RAW file")
                check_memory(self.path, length, "its bytes")
                self._check_directories()
                self._libraw = rawpy.imread(self.handle())
            yield self._libraw
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror or error}") from error
        except rawpy.LibRawError as error:
            text = error.args[0] if error.args else error
            reason = text.decode() if isinstance(text, bytes) else text
            raise InputError(f"{self.path}: LibRaw cannot read it: {reason}") from error

    def levels(self, rewrite: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What `rewrite` gave, called once for as long as LibRaw holds the file's numbers."""
        if self._levels is None:
            self._levels = rewrite()
        return self._levels

    def mosaic(self, read: Callable[[], np.ndarray]) -> np.ndarray:
        """What `read` gave, called once for as long as LibRaw holds the file."""
        if self._mosaic is None:
            self._mosaic = read()
        return self._mosaic

    def facts(self) -> LibRawFacts:
        """What LibRaw says of the file. Raises InputError."""
        if self._facts is None:
            with self.libraw() as raw:
                self._facts = LibRawFacts(
                    raw.sizes,
                    raw.num_colors,
                    np.array(raw.camera_whitebalance[:3], dtype=float),
                    np.array(raw.rgb_xyz_matrix[:3], dtype=float),
                    _pattern(raw),
                )
        return self._facts


def _pattern(raw: Any) -> np.ndarray:
    """The mosaic's repeating block; 1x1 of none, and of those that LibRaw keeps to itself."""
    try:
        pattern = raw.raw_pattern
    except NotImplementedError:
        pattern = None
    return np.zeros((1, 1)) if pattern is None else np.array(pattern)
