"""A RAW picture: all that is asked of its file, read from one opening of it."""

import logging
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

import numpy as np

from imaging.camera import Shot
from imaging.decoder.pool import Loan
from imaging.decoder.switch import decodes_here
from imaging.decoder.wire import Method, RawQuestion
from imaging.demosaic_names import AHD
from imaging.metadata import Metadata
from imaging.preview import PROXY_LONG_SIDE
from imaging.raw_reader import RawReader
from imaging.row_blocks import Rows
from params.files import InputError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class RawPicture:
    """A RAW file and what it holds, each part read when it is first asked for, and kept.

    The file is opened once, when something is asked, and read by all who read it: the readers
    of its header, and LibRaw, whose one unpacking serves several decodes. close(), or the end
    of a `with` block, lets go of the file and of LibRaw's memory; the answers that were given
    stay, and a new question opens the file again.

    All of that happens in another process (imaging.decoder), so that a file that has a decoder
    crash, hang or take all memory costs an InputError.

    Several threads may ask: one is answered at a time. A picture stays in its process; others are
    sent the path.

    Args:
        warn: takes what is odd about the file, a line each that names it; by default logged.
    """

    def __init__(self, path: Path | str, warn: Callable[[str], None] | None = None) -> None:
        self.path = Path(path)
        self._warn = warn or (lambda line: log.warning("%s", line))
        self._warned: set[str] = set()
        self._lock = threading.RLock()
        self._answers: dict[Hashable, Any] = {}
        # Of these the first where decoding is done in this process.
        self._reader: RawReader | None = None
        self._loan: Loan | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.path}: a RawPicture stays in its process; send the path")

    def close(self) -> None:
        """Let go of the file and of LibRaw's memory; the answers stay."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
            if self._loan is not None:
                self._loan.close()
            self._reader = self._loan = None

    @property
    def shot(self) -> Shot:
        """The camera's colour. Raises InputError when LibRaw cannot read the file."""
        return self._once("shot", lambda: self._ask("shot"))

    @property
    def metadata(self) -> Metadata:
        """EXIF, GPS, IPTC and XMP to be carried. Never raises: odd metadata costs a warning."""
        return self._once("metadata", self._ask_metadata)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width at full size, in pixels. Raises InputError."""
        return self._once("size", lambda: self._ask("size"))

    @property
    def orientation(self) -> int:
        """The EXIF orientation 1..8 by which decoding turned the picture. Raises InputError."""
        return self._once("orientation", lambda: self._ask("orientation"))

    def embedded(self, long_side: int) -> np.ndarray | None:
        """The small picture that the camera put into the file, not kept.

        Returns:
            HxWx3 uint8 as the camera rendered it, upright, its long side at most `long_side`;
            None where there is none.

        Raises:
            InputError: there is no such file, or it has its decoder crash.
        """
        found: np.ndarray | None = self._ask("embedded", long_side)
        return found

    def proxy(self, process: int = 1) -> np.ndarray:
        """The picture with a long side of PROXY_LONG_SIDE pixels; as linear_prophoto().

        Kept, so that all who ask have the same array: it is not to be written to.
        """
        return self._once(
            ("proxy", process), lambda: self.linear_prophoto(PROXY_LONG_SIDE, process)
        )

    def full(self, process: int = 1, demosaic: str = AHD) -> np.ndarray:
        """The picture at full size, not kept; as linear_prophoto()."""
        return self.linear_prophoto(None, process, demosaic)

    def linear_prophoto(
        self, long_side: int | None, process: int = 1, demosaic: str = AHD
    ) -> np.ndarray:
        """Decode the picture: see imaging.raw.read_raw_linear_prophoto. The pixels are not kept.

        Smaller sizes are best asked for first: LibRaw's memory is freed after a decode at full
        size, and filled again for the next.

        Returns:
            HxWx3 float32 linear ProPhoto in 0..1.

        Raises:
            InputError: missing, not a RAW file, damaged or cut short.
        """
        pixels: np.ndarray = self._ask("picture", long_side, process, demosaic)
        return pixels

    def _once(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What `ask` gives, asked once."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = ask()
            answer: Answer = self._answers[key]
            return answer

    def _ask(self, method: Method, *arguments: Any) -> Any:
        """What the file's reader says, here or in another process; a picture as one array."""
        with self._lock:
            if not decodes_here():
                self._loan = self._loan or Loan(self._say)
                return self._loan.ask(RawQuestion(self.path, method, arguments))
            self._reader = self._reader or RawReader(self.path, self._say)
            found = getattr(self._reader, method)(*arguments)
            return found.whole() if isinstance(found, Rows) else found

    def _ask_metadata(self) -> Metadata:
        try:
            found: Metadata = self._ask("metadata")
        except InputError as error:  # its decoder's end
            self._say(
                f"{self.path}: metadata not read: {str(error).removeprefix(f'{self.path}: ')}"
            )
            found = Metadata()
        return found

    def _say(self, line: str) -> None:
        """Tell once what is odd about the file."""
        if line not in self._warned:
            self._warned.add(line)
            self._warn(line)
