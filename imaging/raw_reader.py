"""What a RAW file is asked, in the process that decodes it: see imaging.raw_picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from imaging.camera import Shot, shot_of
from imaging.embedded_preview import embedded_preview
from imaging.metadata import Metadata, metadata_of
from imaging.raw import check_structure, decode, orientation_of, size_of
from imaging.raw_file import RawFile
from imaging.row_blocks import Rows
from params.edit_process import edit_process


class RawReader:
    """A RAW file and its readers, from one opening. For one thread at a time.

    The file is opened when something is asked, and read by all: the readers of its header, and
    LibRaw, whose one unpacking serves several decodes.

    Args:
        warn: takes what is odd about the file, a line each that names it.
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.file = RawFile(path, warn)
        self._checked = False
        self._shot: Shot | None = None

    def close(self) -> None:
        """Let go of the file and of LibRaw's memory."""
        self.file.close()

    def shot(self) -> Shot:
        """The camera's colour. Raises InputError."""
        if self._shot is None:
            self._shot = shot_of(self.file)
        return self._shot

    def metadata(self) -> Metadata:
        """What is to be carried. Never raises."""
        return metadata_of(self.file)

    def size(self) -> tuple[int, int]:
        """Height and width at full size. Raises InputError."""
        return size_of(self.file)

    def orientation(self) -> int:
        """The EXIF orientation. Raises InputError."""
        return orientation_of(self.file)

    def embedded(self, long_side: int) -> np.ndarray | None:
        """The camera's own small picture, see imaging.embedded_preview. Raises InputError."""
        return embedded_preview(self.file, long_side)

    def picture(self, long_side: int | None, process: int, demosaic: str) -> Rows:
        """See imaging.raw.read_raw_linear_prophoto. Raises InputError, also while it comes."""
        if not self._checked:
            check_structure(self.file)
            self._checked = True
        shot = self.shot() if edit_process(process).camera_color else Shot(None, None)
        return decode(self.file, shot, long_side, demosaic)
