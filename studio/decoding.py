"""The session's pictures decoded: open at screen size, small on the disk, their cameras' colour."""

import contextlib
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from imaging.camera import Shot
from imaging.demosaic_names import AUTO as AUTO_DEMOSAIC
from imaging.raw_picture import RawPicture
from imaging.resize import fit_long_side
from model.open_picture import OpenPicture
from params.files import InputError, replacing
from params.record import Record
from studio.attention import Attention
from studio.kept import Kept
from studio.pictures import Picture

SMALL_SIDE = 512  # at which edits that look at the whole picture are what they are elsewhere
SCREEN_SIDES = (1600, 2048)  # that pictures are kept at
_SCREEN_BYTES, _SCREEN_PICTURES = 256 << 20, 10
_SMALL_BYTES, _SMALL_PICTURES = 32 << 20, 4
_FULL_BYTES, _FULL_PICTURES = 1 << 30, 2
_SHOTS = 64


class Decoding:
    """What is read of RAW files for the screen; all of it can be read again.

    folder: where small pictures are kept, 16-bit floats of linear ProPhoto.
    attention: what is read ahead waits for it.
    """

    def __init__(self, folder: Path, attention: Attention) -> None:
        self._folder, self._attention = folder, attention
        self._closing = threading.Event()
        self._screens: Kept[OpenPicture] = Kept(_SCREEN_BYTES, _SCREEN_PICTURES)
        self._smalls: Kept[OpenPicture] = Kept(_SMALL_BYTES, _SMALL_PICTURES)
        self._fulls: Kept[OpenPicture] = Kept(_FULL_BYTES, _FULL_PICTURES)
        self._shots: OrderedDict[str, Shot] = OrderedDict()
        self._lock = threading.Lock()
        self._ahead = ThreadPoolExecutor(1, "read-ahead")
        self._wanted: list[str] = []  # by read_ahead, last

    def close(self) -> None:
        """Read nothing ahead any more."""
        self._closing.set()
        self._ahead.shutdown(wait=True, cancel_futures=True)

    def screen(self, picture: Picture, size: int, record: Record) -> OpenPicture:
        """A picture to be shown at a long side of `size`; larger than SCREEN_SIDES it isn't.

        record: an edit of the kind that is to be shown: its process and masks count.

        Raises:
            InputError: the file cannot be read.
        """
        side = next((side for side in SCREEN_SIDES if size <= side), SCREEN_SIDES[-1])

        def decode() -> OpenPicture:
            with RawPicture(picture.checked_path()) as raw:
                pixels = raw.linear_prophoto(side, record.process)
                shot = self._note(picture, raw.shot)
            return OpenPicture(pixels, record.process, shot, record.masks)

        key = picture.mark, side, record.process, record.masks
        return self._screens.get(key, decode)

    def read_ahead(self, pictures: list[Picture], size: int, record: Record) -> None:
        """Decode these in a thread, should they be asked for next; what was wanted before isn't."""
        names = [picture.id for picture in pictures]
        self._wanted = names

        def decode(picture: Picture) -> None:
            self._attention.wait(self._closing)
            if picture.id in self._wanted and not self._closing.is_set():
                with contextlib.suppress(InputError):  # told when it is asked for
                    self.screen(picture, size, record)

        with contextlib.suppress(RuntimeError):  # closed meanwhile
            for picture in pictures:
                self._ahead.submit(decode, picture)

    def full(self, picture: Picture, record: Record) -> OpenPicture:
        """A picture at full size, for edits of this kind. Raises InputError."""

        def decode() -> OpenPicture:
            with RawPicture(picture.checked_path()) as raw:
                shot = self._note(picture, raw.shot)
                pixels = raw.full(record.process, AUTO_DEMOSAIC)
            return OpenPicture(pixels, record.process, shot, record.masks)

        key = picture.mark, record.process, record.masks
        return self._fulls.get(key, decode)

    def shot(self, picture: Picture) -> Shot:
        """Its camera's colour. Raises InputError."""
        with self._lock:
            known = self._shots.get(picture.id)
        if known is None:
            with RawPicture(picture.checked_path()) as raw:
                known = self._note(picture, raw.shot)
        return known

    def small(self, picture: Picture, record: Record) -> OpenPicture:
        """The picture with SMALL_SIDE, for edits of this kind. Raises InputError."""

        def read() -> OpenPicture:
            pixels = self._small_pixels(picture, record.process)
            return OpenPicture(pixels, record.process, self.shot(picture), record.masks)

        key = self._small_file(picture, record.process), record.masks
        return self._smalls.get(key, read)

    def _small_pixels(self, picture: Picture, process: int) -> np.ndarray:
        file = self._small_file(picture, process)
        with contextlib.suppress(OSError, ValueError, EOFError):
            kept = np.load(file, allow_pickle=False)
            if kept.dtype == np.float16 and kept.ndim == 3 and max(kept.shape) <= SMALL_SIDE:
                return kept.astype(np.float32)
        with RawPicture(picture.checked_path()) as raw:
            pixels = raw.linear_prophoto(SMALL_SIDE, process)
            self._note(picture, raw.shot)
        return self.keep_small(picture, pixels, process)

    def keep_small(self, picture: Picture, pixels: np.ndarray, process: int) -> np.ndarray:
        """Keep a decoded picture small, on the disk; what that gives. A full one is no error."""
        small = fit_long_side(pixels, SMALL_SIDE).astype(np.float16)
        place = self._small_file(picture, process)
        with contextlib.suppress(InputError), replacing(place) as temporary:
            np.save(temporary, small, allow_pickle=False)
        return small.astype(np.float32)

    def note_shot(self, picture: Picture, shot: Shot) -> None:
        """What was read of its camera elsewhere."""
        self._note(picture, shot)

    def _note(self, picture: Picture, shot: Shot) -> Shot:
        with self._lock:
            self._shots[picture.id] = shot
            self._shots.move_to_end(picture.id)
            while len(self._shots) > _SHOTS:
                self._shots.popitem(last=False)
        return shot

    def _small_file(self, picture: Picture, process: int) -> Path:
        """Of this very file: one that was replaced has another."""
        return self._folder / f"{picture.mark}-{process}.npy"
