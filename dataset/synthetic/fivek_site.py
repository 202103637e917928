"""A simulated FiveK as a server has it: lists of the splits, DNGs, and one expert's TIFFs."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dataset.synthetic.scenes import relit, sources
from dataset.synthetic.styles import STYLES, edit, traits_of
from dataset.synthetic.write_dng import write_dng
from imaging.raw_picture import RawPicture
from imaging.resize import fit_long_side
from imaging.tiff import write_tiff
from jobs.progress import check_some, each
from jobs.where import HERE, Where
from model.render import render_record
from params.files import write_text
from params.record import Record

log = logging.getLogger(__name__)

EXPERT, STYLE = "c", next(iter(STYLES))
LONG_SIDE = 160  # enough for every command to do all that it does
CAMERAS = (("Nikon", "D70"), ("Canon", "EOS 5D"))
# Of ten pictures in a row, as FiveK's 3500, 500 and 1000: 7 to train on, 1 and 2 of the others.
_SPLITS = ("training",) * 7 + ("validation", "testing", "testing")


@dataclass(frozen=True)
class SitePicture:
    """The `number`-th picture, counted from 0."""

    number: int

    @property
    def id(self) -> str:
        return f"a{self.number + 1:04d}-simulated_{self.number % 7}"

    @property
    def split(self) -> str:
        return _SPLITS[self.number % len(_SPLITS)]

    @property
    def camera(self) -> tuple[str, str]:
        return CAMERAS[self.number % len(CAMERAS)]

    def dng(self, folder: Path) -> Path:
        return folder / "dng" / f"{self.id}.dng"

    def tif(self, folder: Path) -> Path:
        return folder / f"tiff16_{EXPERT}" / f"{self.id}.tif"


def make_site(folder: Path, count: int, where: Where = HERE) -> None:
    """Make what is not there yet of a site of `count` pictures below `folder`.

    <split>.json, dng/<id>.dng and tiff16_c/<id>.tif, as dataset.fivek.index has their URLs with a
    base URL. A larger site begins with the pictures of a smaller one; the same files each time.

    Raises:
        InputError: nothing could be made.
    """
    pictures = [SitePicture(number) for number in range(count)]
    todo = [one for one in pictures if not one.tif(folder).is_file()]
    done = each(
        todo,
        _Maker(folder),
        name=lambda picture: picture.id,
        desc="make FiveK",
        where=where,
    )
    check_some(done or not todo, f"{folder}: not one picture could be made")
    for split in dict.fromkeys(_SPLITS):
        listed = dict(_listed(pictures, split))
        write_text(folder / f"{split}.json", json.dumps(listed, indent=1) + "\n")


def _listed(pictures: list[SitePicture], split: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in pictures:
        if one.split == split:
            make, model = one.camera
            yield one.id, {"id": one.number + 1, "camera": {"make": make, "model": model}}


@dataclass(frozen=True)
class _Maker:
    """Makes a picture: its RAW file and, last, the expert's TIFF."""

    folder: Path

    def __call__(self, picture: SitePicture) -> None:
        random = np.random.default_rng([7, picture.number])
        there = sources()
        scene = relit(there[picture.number % len(there)].name, random)
        raw = picture.dng(self.folder)
        raw.parent.mkdir(parents=True, exist_ok=True)
        small = fit_long_side(scene, LONG_SIDE)
        write_dng(raw, small, seed=picture.number, camera=picture.camera)
        with RawPicture(raw) as file:
            proxy, shot = file.proxy(2), file.shot
        record = Record(edit(STYLES[STYLE], traits_of(proxy), random), process=2)
        write_tiff(picture.tif(self.folder), render_record(proxy, record, shot=shot))
