"""A RAW picture: all that is asked of its file, read from one opening of it."""

import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

import numpy as np

from imaging.camera import Shot, shot_of
from imaging.metadata import Metadata, metadata_of
from imaging.preview import PROXY_LONG_SIDE
from imaging.raw import check_structure, decode, orientation_of, size_of
from imaging.raw_file import RawFile
from params.edit_process import edit_process

Answer = TypeVar("Answer")


class RawPicture:
    """A RAW file and what it holds, each part read when it is first asked for, and kept.

    The file is opened once, when something is asked, and read by all who read it: the readers
    of its header, and LibRaw, whose one unpacking serves several decodes. close(), or the end
    of a `with` block, lets go of the file and of LibRaw's memory; the answers that were given
    stay, and a new question opens the file again.

    Several threads may ask: one is answered at a time. A picture stays in its process: LibRaw's
    threads do not survive a fork, and other processes are sent the path.

    Args:
        warn: takes what is odd about the file, a line each that names it; by default logged.
    """

    def __init__(self, path: Path | str, warn: Callable[[str], None] | None = None) -> None:
        self.path = Path(path)
        self._file = RawFile(self.path, warn)
        self._lock = threading.RLock()
        self._answers: dict[Hashable, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.path}: a RawPicture stays in its process; send the path")

    def close(self) -> None:
        """Let go of the file and of LibRaw's memory; the answers stay."""
        with self._lock:
            self._file.close()

    @property
    def shot(self) -> Shot:
        """The camera's colour. Raises InputError when LibRaw cannot read the file."""
        return self._once("shot", lambda: shot_of(self._file))

    @property
    def metadata(self) -> Metadata:
        """EXIF, GPS, IPTC and XMP to be carried. Never raises: odd metadata costs a warning."""
        return self._once("metadata", lambda: metadata_of(self._file))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width at full size, in pixels. Raises InputError."""
        return self._once("size", lambda: size_of(self._file))

    @property
    def orientation(self) -> int:
        """The EXIF orientation 1..8 by which decoding turned the picture. Raises InputError."""
        return self._once("orientation", lambda: orientation_of(self._file))

    def proxy(self, process: int = 1) -> np.ndarray:
        """The picture with a long side of PROXY_LONG_SIDE pixels; as linear_prophoto().

        Kept, so that all who ask have the same array: it is not to be written to.
        """
        return self._once(
            ("proxy", process), lambda: self.linear_prophoto(PROXY_LONG_SIDE, process)
        )

    def full(self, process: int = 1) -> np.ndarray:
        """The picture at full size, not kept; as linear_prophoto()."""
        return self.linear_prophoto(None, process)

    def linear_prophoto(self, long_side: int | None, process: int = 1) -> np.ndarray:
        """Decode the picture: see imaging.raw.read_raw_linear_prophoto. The pixels are not kept.

        Smaller sizes are best asked for first: LibRaw's memory is freed after a decode at full
        size, and filled again for the next.

        Returns:
            HxWx3 float32 linear ProPhoto in 0..1.

        Raises:
            InputError: missing, not a RAW file, damaged or cut short.
        """
        with self._lock:
            self._once("structure", lambda: check_structure(self._file))
            shot = self.shot if edit_process(process).camera_color else Shot(None, None)
            return decode(self._file, shot, long_side)

    def _once(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What `ask` gives, asked once."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = ask()
            answer: Answer = self._answers[key]
            return answer
