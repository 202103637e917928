"""A synthetic training set: simulated RAW files, and what made-up styles do to them."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dataset.manifest import Entry, make_entry, portable_path, write_manifest
from dataset.set_folder import Outputs
from dataset.synthetic.scenes import SPLITS, Source, relit, sources
from dataset.synthetic.styles import STYLES, edit, traits_of
from dataset.synthetic.whole_style import NAME as WHOLE
from dataset.synthetic.whole_style import whole_edit
from dataset.synthetic.write_dng import MAKE, write_dng
from imaging.preview import save_preview
from imaging.raw_picture import RawPicture
from imaging.tiff import write_tiff
from jobs.progress import check_some, each
from model.render import render_record
from params.record import Record, read_record, write_record

log = logging.getLogger(__name__)

# Raised when the same seed gives other pictures or edits than before.
VERSION = 2
CAMERAS = ("One", "Two")
# All that can be asked for; a style's place seeds its chance.
ALL_STYLES = (*STYLES, WHOLE)


@dataclass(frozen=True)
class Recipe:
    """What to make.

    pictures: how many RAW files, of all splits; each is edited in every style.
    styles: of ALL_STYLES. WHOLE holds panels, which only edit process 2 has.
    tiffs: also what the edit layer makes of them.
    process: the edit process of the parameters.
    splits: pictures of others are left out.
    """

    pictures: int = 240
    styles: tuple[str, ...] = tuple(STYLES)
    process: int = 2
    tiffs: bool = False
    seed: int = 0
    splits: tuple[str, ...] = SPLITS


@dataclass(frozen=True)
class SyntheticPicture:
    """One RAW file of the set: the `number`-th of all, made from `source`."""

    number: int
    source: Source

    @property
    def id(self) -> str:
        return f"{self.number:04d}-{self.source.name}"

    @property
    def camera(self) -> str:
        return CAMERAS[self.number // len(sources()) % len(CAMERAS)]


def pictures_of(recipe: Recipe) -> list[SyntheticPicture]:
    """The set's pictures; a larger set begins with those of a smaller one."""
    there = sources()
    pictures = [SyntheticPicture(i, there[i % len(there)]) for i in range(recipe.pictures)]
    return [picture for picture in pictures if picture.source.split in recipe.splits]


def make_set(recipe: Recipe, folder: Path, *, debug: bool = False) -> list[Entry]:
    """Make what is not there yet of a set, and its manifest; the entries.

    Below `folder`: raw/, tif/, preview/, data/ and dataset_manifest.jsonl. The manifest holds
    this recipe's pictures: a line a picture and style, with `expert` the style, and the fields
    `source`, `category` and `camera` besides. The same recipe gives the same files.
    """
    outputs = Outputs(folder)
    outputs.sweep()
    pictures = pictures_of(recipe)
    todo = [p for p in pictures if not all(_is_done(p, s, recipe, outputs) for s in recipe.styles)]
    if len(todo) < len(pictures):
        log.info("%d of %d pictures are there already", len(pictures) - len(todo), len(pictures))
    if todo:
        each(
            todo,
            lambda picture: make_picture(picture, recipe, outputs),
            name=lambda picture: picture.id,
            desc="make",
            debug=debug,
        )
    entries = [
        _entry(picture, style, outputs)
        for picture in pictures
        for style in recipe.styles
        if _is_done(picture, style, recipe, outputs)
    ]
    check_some(len(entries), f"{folder}: not one picture could be made")
    write_manifest(outputs.manifest, entries)
    log.info("%s: %d lines", outputs.manifest, len(entries))
    return entries


def make_picture(picture: SyntheticPicture, recipe: Recipe, outputs: Outputs) -> None:
    """Make one RAW file, and of each style the parameter file, written last.

    Raises:
        InputError: the folder cannot be written, or a source cannot be read.
    """
    random = np.random.default_rng([recipe.seed, picture.number])
    raw = _raw(picture, outputs)
    write_dng(
        raw,
        relit(picture.source.name, random),
        noise=float(random.uniform(0.001, 0.008)),
        seed=10_000 * recipe.seed + picture.number,
        camera=(MAKE, picture.camera),
    )
    with RawPicture(raw) as file:
        proxy, shot = file.proxy(recipe.process), file.shot
    save_preview(outputs.preview(picture.id), proxy)
    traits = traits_of(proxy)
    for i, style in enumerate(ALL_STYLES):
        if style not in recipe.styles:
            continue
        hand = np.random.default_rng([recipe.seed, picture.number, i])
        tif = _tif(picture, style, outputs)
        own = whole_edit(proxy, hand) if style == WHOLE else edit(STYLES[style], traits, hand)
        record = Record(
            params=own,
            process=recipe.process,
            as_shot=shot.as_shot(),
            source={
                "id": picture.id,
                "split": picture.source.split,
                "expert": style,
                "raw": portable_path(raw),
                "tif": portable_path(tif) if recipe.tiffs else None,
            },
            extra={"synthetic": _origin(recipe, picture)},
        )
        if recipe.tiffs:
            write_tiff(tif, render_record(proxy, record, shot=shot))
        write_record(outputs.data(picture.id, style), record)


def _origin(recipe: Recipe, picture: SyntheticPicture) -> dict[str, Any]:
    """What tells a picture from one that another recipe would put at its place."""
    return {"version": VERSION, "seed": recipe.seed, "source": picture.source.name}


def _is_done(picture: SyntheticPicture, style: str, recipe: Recipe, outputs: Outputs) -> bool:
    if not outputs.complete(picture.id, style, recipe.process, xmp=False):
        return False
    origin = read_record(outputs.data(picture.id, style)).extra.get("synthetic")
    there = _raw(picture, outputs).is_file()
    if recipe.tiffs:
        there = there and _tif(picture, style, outputs).is_file()
    return there and origin == _origin(recipe, picture)


def _raw(picture: SyntheticPicture, outputs: Outputs) -> Path:
    return outputs.root / "raw" / f"{picture.id}.dng"


def _tif(picture: SyntheticPicture, style: str, outputs: Outputs) -> Path:
    return outputs.root / "tif" / f"{picture.id}__{style}.tif"


def _entry(picture: SyntheticPicture, style: str, outputs: Outputs) -> Entry:
    tif = _tif(picture, style, outputs)
    entry = make_entry(
        id=picture.id,
        split=picture.source.split,
        expert=style,
        raw=_raw(picture, outputs),
        tif=tif if tif.is_file() else None,
        preview=outputs.preview(picture.id),
        data=outputs.data(picture.id, style),
    )
    entry.fields.update(
        source=picture.source.name, category=picture.source.category, camera=picture.camera
    )
    return entry
