"""The pictures that edits are judged on: the RAW as shot and the photographer's, on one grid."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dataset.manifest import Entry
from dataset.pairs import pair_of
from dataset.sample_cache import cache_name, made_once
from imaging.align import aligned_pair, register
from imaging.camera import Shot
from imaging.comparison import SHORT_SIDE
from imaging.preview import PROXY_LONG_SIDE
from imaging.raw_picture import RawPicture
from imaging.resize import resize_area
from imaging.tiff import read_tif16
from model.render import render_edits, render_record
from params.edit_process import edit_process
from params.record import Record, read_record

# Stands for "as large as the file is".
FULL = 1 << 20
Make = Callable[[], dict[str, np.ndarray]]
Rendered = Iterator[tuple[str, np.ndarray]]


@dataclass(frozen=True)
class Pictures:
    """Linear ProPhoto, HxWx3 float32 in 0..1.

    raw, target: on one grid.
    others: another photographer's picture, and `target` on its grid.
    """

    raw: np.ndarray
    target: np.ndarray
    shot: Shot
    others: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def rendered(self, record: Record, edits: Mapping[str, Mapping[str, Any]]) -> Rendered:
        """The picture with each of the edits (Camera Raw's units), one after another, by name.

        record: what says the edit process.
        """
        process, masks = record.process, record.masks
        rendered = render_edits(
            self.raw, edits.values(), process=process, masks=masks, shot=self.shot
        )
        yield from zip(edits, rendered, strict=True)


def load_pictures(
    entry: Entry,
    record: Record,
    short_side: int = SHORT_SIDE,
    *,
    others: Mapping[str, Entry] | None = None,
    cache: Path | None = None,
) -> Pictures:
    """A manifest entry's pictures with a short side of `short_side` at most, never enlarged.

    Where the entry has no TIFF, the photographer's picture is what the edit layer makes of the
    stored parameters.

    Args:
        record: of the entry.
        others: the same picture by other photographers, by their names.
        cache: folder of decoded pictures; None: nothing is kept.

    Raises:
        InputError: a file cannot be read, or two are not the same photograph.
    """
    raw, process = entry.path("raw"), record.process
    tif = entry.path("tif") if entry.has_tif else None
    files = [raw, tif] if tif else [raw]

    def make() -> dict[str, np.ndarray]:
        if tif is None:
            return {"raw": _proxy(picture, short_side, process)}
        pair = pair_of(picture, tif, short_side, process, by_short_side=True)
        return {"raw": pair.raw, "target": pair.target}

    def kept(name: str, of: list[Path], work: Make) -> dict[str, np.ndarray]:
        if cache is None:
            return work()
        file = cache / cache_name(name, of, short_side, process)
        return made_once(file, lambda: _small(work()))

    with RawPicture(raw) as picture:
        arrays = {name: _float(value) for name, value in kept("evaluation", files, make).items()}
        shot = picture.shot if edit_process(process).camera_color else Shot(None, None)
    target = arrays.get("target")
    if target is None:
        target = render_record(arrays["raw"], record, shot=shot)
    pictures = Pictures(arrays["raw"], target, shot)
    found = {}
    for name, other in (others or {}).items():
        if tif is None or not other.has_tif:
            rendered = render_record(pictures.raw, read_record(other.path("data")), shot=shot)
            found[name] = rendered, pictures.target
            continue
        theirs = other.path("tif")

        def make_other(mine: Path = tif, theirs: Path = theirs) -> dict[str, np.ndarray]:
            return _beside(pictures.target, mine, theirs)

        both = kept("expert", [tif, theirs], make_other)
        target = _float(both["target"]) if "target" in both else pictures.target
        found[name] = _float(both["other"]), target
    return Pictures(pictures.raw, pictures.target, shot, found)


def render_apart(
    pictures: Pictures, entry: Entry, edit: Record, short_side: int, cache: Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """An edit of another process, on the RAW decoded for it; and the target on its grid.

    pictures: the entry's, for its own process. Arguments as load_pictures.
    """
    own = load_pictures(entry, edit, short_side, cache=cache)
    rendered = render_record(own.raw, edit, shot=own.shot)
    return rendered, own.target if entry.has_tif else pictures.target


def _beside(target: np.ndarray, mine: Path, theirs: Path) -> dict[str, np.ndarray]:
    """Two edited TIFFs of one RAW on one grid; `target` is the first on the grid it lies on."""
    edited, other = read_tif16(mine), read_tif16(theirs)
    height, width = target.shape[:2]
    upright = (edited.shape[0] < edited.shape[1]) == (height < width)
    if edited.shape == other.shape and upright:
        return {"other": resize_area(other, height, width)}
    alignment = register(target, other)
    moved, other = aligned_pair(target, other, alignment, max(height, width))
    return {"target": moved, "other": other}


def _proxy(picture: RawPicture, short_side: int, process: int) -> np.ndarray:
    if short_side == FULL:
        return picture.full(process)
    proxy = picture.proxy(process)
    needed = short_side * max(proxy.shape[:2]) / min(proxy.shape[:2])
    if needed > PROXY_LONG_SIDE:
        proxy = picture.linear_prophoto(math.ceil(needed), process)
    scale = min(1.0, short_side / min(proxy.shape[:2]))
    return resize_area(proxy, *(max(1, round(side * scale)) for side in proxy.shape[:2]))


def _small(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: value.clip(0.0, 1.0).astype(np.float16) for name, value in arrays.items()}


def _float(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32).clip(0.0, 1.0)
