"""Pictures with Camera Raw settings: beside RAW files, in them, in exports, in catalogs."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dataset.lightroom.catalog import CatalogPicture, read_catalog
from dataset.lightroom.catalog_paths import Locator
from dataset.lightroom.edit import NO_RAW, NOTHING, OFFLINE, Edit
from dataset.lightroom.exports import JPEG_SUFFIXES, RawFiles, export_edits
from dataset.lightroom.read_edit import EditReader, unreadable, with_facts, with_shot
from dataset.pairs import TIFF_SUFFIXES, list_files
from imaging.metadata import read_metadata
from imaging.raw import RAW_SUFFIXES
from imaging.sidecar import packets_of
from params.edit_process import edit_process
from params.files import InputError
from params.look_library import LookLibrary

CATALOG_SUFFIX = ".lrcat"


def find_edits(
    sources: Sequence[Path],
    roots: Mapping[str, str],
    process: int,
    collection: str | None = None,
    looks: LookLibrary | None = None,
) -> list[Edit]:
    """All pictures of the sources: folders, catalogs, RAW files, exports. One Edit a picture.

    A picture found in several places has the settings of the best (edit.KINDS), the newest of two
    catalogs or exports. One that cannot be read has an error and does not stop the others.

    Args:
        roots: see dataset.lightroom.catalog_paths.Locator.
        process: number of the edit process whose edits these are to become.
        collection: only pictures in a catalog's collection of this name.
        looks: the look profiles that there are; None: no look has one.

    Raises:
        InputError: a source that does not exist or is none, or a catalog that cannot be read.
    """
    reader = EditReader(edit_process(process), looks or LookLibrary())
    files = list(dict.fromkeys(file for source in sources for file in _files(source)))
    catalogs = _newest_first(f for f in files if f.suffix.lower() == CATALOG_SUFFIX)
    raws = [file for file in files if file.suffix.lower() in RAW_SUFFIXES]
    exports = [f for f in files if f.suffix.lower() in JPEG_SUFFIXES | TIFF_SUFFIXES]
    found: dict[tuple[Path, str], Edit] = {}
    for catalog in catalogs:
        _add(found, _catalog_edits(catalog, Locator(catalog, roots), reader, collection))
    members = set(found) if collection is not None else None
    if collection is not None and not catalogs:
        raise InputError(f"collection {collection!r}: no catalog among the sources")
    _add(found, (_raw_edit(raw, reader) for raw in _progress(raws, "RAW files")), members)
    known = RawFiles((*raws, *(edit.raw for edit in found.values())))
    newest = _progress(_newest_first(exports), "exports")
    _add(found, export_edits(newest, known, reader), members)
    return [edit if edit.why_not else with_shot(edit) for edit in found.values()]


def _files(source: Path) -> list[Path]:
    suffixes = {*RAW_SUFFIXES, *JPEG_SUFFIXES, *TIFF_SUFFIXES, CATALOG_SUFFIX}
    if source.is_dir():
        # Lightroom's own store of previews and proxies is no photographs.
        return [
            file
            for file in list_files(source, suffixes)
            if not any(part.endswith(".lrdata") for part in file.parts)
        ]
    if not source.is_file():
        raise InputError(f"{source}: no such file or folder")
    if source.suffix.lower() not in suffixes:
        raise InputError(f"{source}: not a folder, RAW file, JPEG, TIFF or Lightroom catalog")
    return [source]


def _newest_first(files: Iterable[Path]) -> list[Path]:
    return sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)


def _progress(files: Sequence[Path], desc: str) -> Iterable[Path]:
    from tqdm import tqdm

    return tqdm(files, desc=desc, unit="file", file=sys.stderr, dynamic_ncols=True)


def _add(
    found: dict[tuple[Path, str], Edit],
    edits: Iterable[Edit],
    members: set[tuple[Path, str]] | None = None,
) -> None:
    """Add edits; of one picture that which can be taken, and of two such the first, is kept.

    One of ours gives way to a photographer's.
    """
    for edit in edits:
        key = edit.raw.resolve(), edit.copy
        if members is not None and key not in members:
            continue
        old = found.get(key)
        if old is None:
            found[key] = edit
        elif (old.why_not or (old.by_us and not edit.by_us)) and not edit.why_not:
            rating, pick = old.rating or edit.rating, old.pick or edit.pick
            found[key] = replace(edit, rating=rating, pick=pick)


def _catalog_edits(
    catalog: Path, locator: Locator, reader: EditReader, collection: str | None
) -> Iterator[Edit]:
    from tqdm import tqdm

    pictures = read_catalog(catalog, collection)
    how = {"desc": catalog.name, "unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    for picture in tqdm(pictures, **how):
        yield _catalog_edit(catalog, picture, locator, reader)


def _catalog_edit(
    catalog: Path, picture: CatalogPicture, locator: Locator, reader: EditReader
) -> Edit:
    edit = Edit(
        raw=(locator.places(picture) or [Path(picture.name)])[0],
        kind="catalog",
        origin=catalog,
        copy=picture.copy,
        rating=picture.rating,
        pick=picture.pick,
        taken=picture.taken,
        camera=picture.camera,
    )
    if Path(picture.name).suffix.lower() not in RAW_SUFFIXES:
        return replace(edit, why_not=NO_RAW)
    file = locator.find(picture)
    if file is None:
        return replace(edit, why_not=OFFLINE)
    try:
        fields, look = picture.develop()
        return reader.with_settings(replace(edit, raw=file), fields, look)
    except InputError as error:
        return unreadable(replace(edit, raw=file), error)


def _raw_edit(raw: Path, reader: EditReader) -> Edit:
    """A RAW file's own settings: those that count most, and a photographer's before ours."""
    edit = Edit(raw=raw, kind="sidecar", origin=raw, why_not=NOTHING)
    ours: Edit | None = None
    try:
        for packet in packets_of(raw, lambda: read_metadata(raw).xmp):
            kind, origin = ("sidecar", packet.file) if packet.file else ("embedded", raw)
            here = with_facts(replace(edit, kind=kind, origin=origin, why_not=""), packet.facts)
            edit = reader.with_settings(here, packet.fields, packet.facts.look)
            if edit.why_not != NOTHING:
                if not edit.by_us:
                    return edit
                ours = ours or edit
    except InputError as error:
        return unreadable(edit, error)
    return ours or edit
