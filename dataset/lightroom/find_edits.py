"""Pictures with Camera Raw settings: beside RAW files, in them, in exports, in catalogs."""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dataset.lightroom.catalog import CatalogPicture, read_catalog
from dataset.lightroom.catalog_paths import Locator
from dataset.lightroom.edit import (
    NO_RAW,
    NO_RAW_FOUND,
    NOTHING,
    OFFLINE,
    OLD_PROCESS,
    OWN_EDIT,
    RENDERED,
    UNREADABLE,
    Edit,
)
from dataset.pairs import TIFF_SUFFIXES, list_files
from imaging.jpeg_xmp import read_jpeg_xmp
from imaging.metadata import DATE_TIME_ORIGINAL, MODEL, Metadata, read_metadata
from imaging.raw import RAW_SUFFIXES
from params.edit_process import EditProcess, edit_process
from params.files import InputError
from params.process_version import is_before_2012
from params.unsupported import Look, find_lost
from params.xmp_facts import Facts, parse_date, read_facts
from params.xmp_packet import read_fields, read_packet
from params.xmp_settings import held_settings, settings_of

log = logging.getLogger(__name__)

JPEG_SUFFIXES = frozenset((".jpg", ".jpeg"))
CATALOG_SUFFIX = ".lrcat"


def find_edits(
    sources: Sequence[Path],
    roots: Mapping[str, str],
    process: int,
    collection: str | None = None,
) -> list[Edit]:
    """All pictures of the sources: folders, catalogs, RAW files, exports. One Edit a picture.

    A picture found in several places has the settings of the best (edit.KINDS), the newest of two
    catalogs or exports. One that cannot be read has an error and does not stop the others.

    Args:
        roots: see dataset.lightroom.catalog_paths.Locator.
        process: number of the edit process whose edits these are to become.
        collection: only pictures in a catalog's collection of this name.

    Raises:
        InputError: a source that does not exist or is none, or a catalog that cannot be read.
    """
    holds = edit_process(process)
    files = list(dict.fromkeys(file for source in sources for file in _files(source)))
    catalogs = _newest_first(f for f in files if f.suffix.lower() == CATALOG_SUFFIX)
    raws = [file for file in files if file.suffix.lower() in RAW_SUFFIXES]
    exports = [f for f in files if f.suffix.lower() in JPEG_SUFFIXES | TIFF_SUFFIXES]
    found: dict[tuple[Path, str], Edit] = {}
    for catalog in catalogs:
        _add(found, _catalog_edits(catalog, Locator(catalog, roots), holds, collection))
    members = set(found) if collection is not None else None
    if collection is not None and not catalogs:
        raise InputError(f"collection {collection!r}: no catalog among the sources")
    _add(found, (_raw_edit(raw, holds) for raw in _progress(raws, "RAW files")), members)
    known = [*raws, *(edit.raw for edit in found.values())]
    _add(found, _export_edits(_newest_first(exports), known, holds), members)
    return list(found.values())


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
    """Add edits; of one picture that which can be taken, and of two such the first, is kept."""
    for edit in edits:
        key = edit.raw.resolve(), edit.copy
        if members is not None and key not in members:
            continue
        old = found.get(key)
        if old is None:
            found[key] = edit
        elif old.why_not and not edit.why_not:
            rating, pick = old.rating or edit.rating, old.pick or edit.pick
            found[key] = replace(edit, rating=rating, pick=pick)


def _catalog_edits(
    catalog: Path, locator: Locator, holds: EditProcess, collection: str | None
) -> Iterator[Edit]:
    from tqdm import tqdm

    pictures = read_catalog(catalog, collection)
    how = {"desc": catalog.name, "unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    for picture in tqdm(pictures, **how):
        yield _catalog_edit(catalog, picture, locator, holds)


def _catalog_edit(
    catalog: Path, picture: CatalogPicture, locator: Locator, holds: EditProcess
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
        return _with_settings(replace(edit, raw=file), fields, look, holds)
    except InputError as error:
        return _unreadable(replace(edit, raw=file), error)


def _raw_edit(raw: Path, holds: EditProcess) -> Edit:
    """A RAW file's own settings: those of its first packet that holds any."""
    edit = Edit(raw=raw, kind="sidecar", origin=raw, why_not=NOTHING)
    metadata: Metadata | None = None
    try:
        for kind, origin in (*(("sidecar", path) for path in _sidecars(raw)), ("embedded", raw)):
            if kind == "sidecar":
                packet: bytes | None = read_packet(origin)
            else:
                metadata = read_metadata(raw)
                packet = metadata.xmp
            if not packet:
                continue
            name = str(origin) if kind == "sidecar" else f"{raw}: embedded XMP"
            fields, facts = read_fields(packet, name), read_facts(packet, name)
            if kind == "sidecar" and not _is_of(facts, raw):
                continue
            here = replace(edit, kind=kind, origin=origin, why_not="")
            edit = _with_settings(_with_facts(here, facts), fields, facts.look, holds)
            if edit.why_not != NOTHING:
                break
    except InputError as error:
        return _unreadable(edit, error)
    if edit.why_not != NOTHING and (edit.taken is None or edit.camera is None):
        edit = _with_exif(edit, metadata or read_metadata(raw))
    return edit


def _sidecars(raw: Path) -> list[Path]:
    """photo.xmp (Adobe's), photo.nef.xmp (darktable's and others')."""
    names = (raw.with_suffix(".xmp"), raw.with_suffix(".XMP"), raw.with_name(raw.name + ".xmp"))
    there = [path for path in names if path.is_file()]
    return [p for i, p in enumerate(there) if not any(p.samefile(q) for q in there[:i])]


def _is_of(facts: Facts, raw: Path) -> bool:
    """Whether a sidecar is this file's, and not that of another beside it of the same stem."""
    suffix = raw.suffix[1:].casefold()
    return facts.sidecar_for is None or facts.sidecar_for.casefold() == suffix


def _export_edits(
    exports: Sequence[Path], raws: Sequence[Path], holds: EditProcess
) -> Iterator[Edit]:
    by_name: dict[str, list[Path]] = {}
    by_stem: dict[str, list[Path]] = {}
    for raw in dict.fromkeys(raws):
        by_name.setdefault(raw.name.casefold(), []).append(raw)
        by_stem.setdefault(raw.stem.casefold(), []).append(raw)
    for export in _progress(exports, "exports"):
        edit = Edit(raw=export, kind="export", origin=export)
        try:
            packets = _export_packets(export)
            name = f"{export}: embedded XMP"
            fields = {k: v for packet in packets for k, v in read_fields(packet, name).items()}
            facts = [read_facts(packet, name) for packet in packets]
            look = next((f.look for f in facts if f.look), None)
            settings = _with_settings(edit, fields, look, holds)
            if settings.why_not == NOTHING:
                continue  # a JPEG from the camera, or somebody's TIFF: nothing of ours
            raw_name = next((f.raw_name for f in facts if f.raw_name), None)
            near = by_name.get((raw_name or "").casefold()) or by_stem.get(export.stem.casefold())
            raw_file = _nearest(export, near or [])
            edit = _with_facts(replace(settings, raw=raw_file or export), facts[0])
            if any(one.by_us for one in facts):
                continue  # a picture that we rendered
            if raw_file is None:
                edit = replace(edit, why_not=NO_RAW_FOUND)
            yield edit
        except InputError as error:
            yield _unreadable(edit, error)


def _export_packets(export: Path) -> list[bytes]:
    if export.suffix.lower() in JPEG_SUFFIXES:
        return read_jpeg_xmp(export)
    packet = read_metadata(export).xmp
    return [packet] if packet else []


def _nearest(export: Path, raws: Sequence[Path]) -> Path | None:
    """The RAW file that shares most of the way to the export; None where two share as much."""
    where = export.resolve().parts

    def shared(raw: Path) -> int:
        pairs = zip(where, raw.resolve().parts, strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), len(where))

    best = sorted(raws, key=shared, reverse=True)[:2]
    if len(best) == 2 and shared(best[0]) == shared(best[1]):
        return None
    return best[0] if best else None


def _with_settings(
    edit: Edit, fields: Mapping[str, str | list[str]], look: Look | None, holds: EditProcess
) -> Edit:
    """The edit with these settings, or why it cannot have them. Raises InputError."""
    settings = settings_of(fields, str(edit.origin))
    if settings.empty:
        return replace(edit, why_not=OLD_PROCESS if is_before_2012(fields) else NOTHING)
    why_not = ""
    if is_before_2012(fields):
        why_not = OLD_PROCESS
    elif edit.kind == "export":
        if not settings.already_applied or "IncrementalTemperature" in fields:
            why_not = OWN_EDIT
        settings = replace(settings, already_applied=False)
    elif settings.already_applied:
        why_not = RENDERED
    lost = tuple(find_lost(fields, look, holds))
    return replace(edit, settings=held_settings(settings, holds), lost=lost, why_not=why_not)


def _with_facts(edit: Edit, facts: Facts) -> Edit:
    return replace(
        edit,
        rating=facts.rating or 0,
        pick=facts.pick or 0,
        taken=facts.taken,
        camera=facts.camera,
        by_us=facts.by_us,
    )


def _with_exif(edit: Edit, metadata: Metadata) -> Edit:
    date, model = metadata.exif.get(DATE_TIME_ORIGINAL), metadata.image.get(MODEL)
    taken, camera = (
        bytes(found.value).rstrip(b"\0").decode("utf-8", "replace") if found else None
        for found in (date, model)
    )
    return replace(edit, taken=edit.taken or parse_date(taken), camera=edit.camera or camera)


def _unreadable(edit: Edit, error: InputError) -> Edit:
    return replace(edit, why_not=UNREADABLE, error=str(error))
