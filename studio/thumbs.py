"""Thumbnails: the camera's own picture at once, then the picture with its edit."""

import contextlib
import logging
import threading
from pathlib import Path

from imaging.jpeg import jpeg_bytes
from imaging.raw_picture import RawPicture
from imaging.resize import fit_long_side
from model.open_picture import OpenPicture
from params.edit_process import DEFAULT_PROCESS
from params.files import InputError, replacing
from params.record import Record
from studio.decoding import Decoding
from studio.pictures import Picture, edit_digest
from studio.wire import neutral_edit

LONG_SIDE = 360
_QUALITY = 85
_MOST_READ = 2  # files at once

log = logging.getLogger(__name__)


class Thumbs:
    """Thumbnails as JPEG bytes, kept on the disk by the file and the edit they show."""

    def __init__(self, folder: Path, decoding: Decoding) -> None:
        self._folder, self._decoding = folder, decoding
        # A browser asks for many at once, and each file that is open takes a decoder.
        self._reading = threading.BoundedSemaphore(_MOST_READ)

    def of_camera(self, picture: Picture, raw: RawPicture | None = None) -> bytes:
        """What the camera embedded; where it didn't, the picture as shot. Raises InputError.

        raw: its file, where that is open.
        """
        file = self._file(picture, "camera")
        if (kept := _read(file)) is not None:
            return kept
        if raw is None:
            with self._reading, RawPicture(picture.checked_path(), log.debug) as opened:
                return self.of_camera(picture, opened)
        small = raw.embedded(LONG_SIDE)
        if small is None:
            pixels = raw.linear_prophoto(LONG_SIDE, DEFAULT_PROCESS)
            as_shot = OpenPicture(pixels, DEFAULT_PROCESS, raw.shot)
            small = fit_long_side(as_shot.srgb8(neutral_edit(DEFAULT_PROCESS)), LONG_SIDE)
        return self._keep(file, jpeg_bytes(small, _QUALITY, "4:2:0"))

    def of_edit(self, picture: Picture, record: Record) -> bytes:
        """The picture with an edit. Raises InputError."""
        file = self._file(picture, edit_digest(record))
        if (kept := _read(file)) is not None:
            return kept
        small = self._decoding.small(picture, record)
        edited = fit_long_side(small.srgb8(record), LONG_SIDE)
        return self._keep(file, jpeg_bytes(edited, _QUALITY, "4:2:0"))

    def as_shot(self, picture: Picture, process: int) -> bytes:
        """The picture without an edit. Raises InputError."""
        return self.of_edit(picture, neutral_edit(process))

    def forget(self, picture: Picture, record: Record) -> None:
        """The thumbnail of an edit that is another one now is not kept."""
        with contextlib.suppress(OSError):
            self._file(picture, edit_digest(record)).unlink(missing_ok=True)

    def _file(self, picture: Picture, what: str) -> Path:
        return self._folder / f"{picture.mark}-{what}.jpg"

    def _keep(self, file: Path, data: bytes) -> bytes:
        # On a full disk it is made again next time.
        with contextlib.suppress(InputError), replacing(file) as temporary:
            temporary.write_bytes(data)
        return data


def _read(file: Path) -> bytes | None:
    try:
        data = file.read_bytes()
    except OSError:
        return None
    return data if data[:2] == b"\xff\xd8" else None
