"""What the two ends of a decoder say to each other: pickles through a socket, and pictures through
memory that both see.

A picture comes in blocks of rows through a few slots of shared memory, which are used over and
over: no end holds it twice, and no memory outlives the two.
"""

import contextlib
import mmap
import os
import pickle
import socket
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from imaging.row_blocks import Rows

# A block of rows is three quarters of a slot. With three one is filled while one is emptied.
SLOTS, SLOT_BYTES = 3, 4 << 20
_HEAD = struct.Struct("<cI")  # kind and length of what follows
_SLOT = struct.Struct("<BI")  # slot and bytes in it
READY, ANSWER, ERROR, PICTURE, PIECE = b"R", b"A", b"E", b"P", b"S"
_TAKEN = b"x"


Method = Literal["shot", "metadata", "size", "orientation", "embedded", "picture"]


@dataclass(frozen=True)
class RawQuestion:
    """Something to be asked of a RAW file: a method of imaging.raw_reader.RawReader."""

    path: Path
    method: Method
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class TiffQuestion:
    """The picture of a TIFF: see imaging.tiff.read_tiff."""

    path: Path
    assume: bytes | None
    plain_rgb16: bool


@dataclass(frozen=True)
class ProfileQuestion:
    """Whether pictures can be encoded to an ICC profile: see imaging.profile_encoding."""

    path: Path
    profile: bytes


Question = RawQuestion | TiffQuestion | ProfileQuestion


@dataclass(frozen=True)
class Asked:
    """A question, and the folder that its path is relative to where it is relative."""

    question: Question
    folder: str | None


@dataclass(frozen=True)
class Closed:
    """The RAW file that is open is to be let go. There is no answer."""


@dataclass(frozen=True)
class Said:
    """An answer, or for an error the exception; and what was told meanwhile.

    value: None where the answer was a picture.
    warnings: for who asked. records: name of a logger, level and text.
    trace: where the exception was raised.
    """

    value: Any
    warnings: list[str]
    records: list[tuple[str, int, str]]
    trace: str = ""


class Patience:
    """How long to wait for the other end, in all.

    Only whole spells of waiting count: a computer that slept meanwhile has waited for one.
    """

    def __init__(self, seconds: float) -> None:
        self.spell = min(0.5, seconds)
        self._left = seconds

    def spend(self) -> None:
        """A spell is over. Raises TimeoutError when it was the last."""
        self._left -= self.spell
        if self._left <= 0.0:
            raise TimeoutError


class Ring:
    """The shared memory of one decoder: SLOTS x SLOT_BYTES bytes, uint8."""

    def __init__(self, file: int) -> None:
        memory = mmap.mmap(file, SLOTS * SLOT_BYTES)
        self.slots = np.frombuffer(memory, np.uint8).reshape(SLOTS, SLOT_BYTES)


def ring_file() -> int:
    """A new file for a Ring, without a name: it is gone when nobody has it open any more."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("autoacr-decoder")
    else:  # not on macOS
        with tempfile.TemporaryFile() as temporary:
            file = os.dup(temporary.fileno())
    os.ftruncate(file, SLOTS * SLOT_BYTES)
    return file


def send(end: socket.socket, kind: bytes, content: Any) -> None:
    """One message. Raises OSError when the other end is gone."""
    body = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    end.sendall(_HEAD.pack(kind, len(body)))
    end.sendall(body)


def receive(end: socket.socket, patience: Patience | None = None) -> tuple[bytes, Any]:
    """One message: kind and content.

    Raises:
        EOFError, OSError: the other end is gone.
        TimeoutError: it says nothing, or stops in the middle.
    """
    kind, length = _HEAD.unpack(_exactly(end, _HEAD.size, patience))
    body = _exactly(end, length, patience)
    return kind, bytes(body) if kind == PIECE else pickle.loads(body)


def _exactly(end: socket.socket, count: int, patience: Patience | None) -> bytearray:
    content = bytearray(count)
    view = memoryview(content)
    end.settimeout(patience.spell if patience else None)
    while view:
        try:
            got = end.recv_into(view)
        except TimeoutError:
            if patience is not None:
                patience.spend()
            continue
        if not got:
            raise EOFError
        view = view[got:]
    return content


def send_picture(end: socket.socket, ring: Ring, rows: Rows) -> None:
    """The picture, block by block, as it comes about; what it raises is raised."""
    send(end, PICTURE, rows.shape)
    free, slot = SLOTS, 0
    try:
        for block in rows.blocks:
            content = np.ascontiguousarray(block, np.float32).reshape(-1).view(np.uint8)
            for start in range(0, content.size, SLOT_BYTES):
                piece = content[start : start + SLOT_BYTES]
                if not free:
                    free += len(end.recv(SLOTS)) or _gone()
                ring.slots[slot, : piece.size] = piece
                body = _SLOT.pack(slot, piece.size)
                end.sendall(_HEAD.pack(PIECE, len(body)) + body)
                slot, free = (slot + 1) % SLOTS, free - 1
    finally:  # so that the next thing heard is a question
        with contextlib.suppress(OSError, EOFError):
            while free < SLOTS:
                free += len(end.recv(SLOTS)) or _gone()


def _gone() -> int:
    raise EOFError


class PictureTaker:
    """A picture on this side, float32, filled as its pieces come."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.pixels = np.empty(shape, np.float32)
        self._content = self.pixels.reshape(-1).view(np.uint8)
        self._filled = 0

    def take(self, end: socket.socket, ring: Ring, body: bytes) -> None:
        """The next piece. Raises EOFError when it doesn't fit: the other end is out of its mind."""
        slot, count = _SLOT.unpack(body)
        after = self._filled + count
        if slot >= SLOTS or count > SLOT_BYTES or after > self._content.size:
            raise EOFError
        self._content[self._filled : after] = ring.slots[slot, :count]
        self._filled = after
        end.sendall(_TAKEN)

    @property
    def whole(self) -> bool:
        return self._filled == self._content.size
