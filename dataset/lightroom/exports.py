"""Exported JPEGs and TIFFs: the settings in them, and the RAW file that these are of."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from dataset.lightroom.edit import NO_ORIGINAL, NO_RAW_FOUND, NOTHING, Edit
from dataset.lightroom.read_edit import EditReader, unreadable, with_facts
from imaging.jpeg_xmp import read_jpeg_xmp
from imaging.metadata import read_metadata
from imaging.raw import RAW_SUFFIXES
from params.file_names import folded
from params.files import InputError
from params.xmp_facts import read_facts
from params.xmp_packet import read_fields

log = logging.getLogger(__name__)

JPEG_SUFFIXES = frozenset((".jpg", ".jpeg"))


class RawFiles:
    """The RAW files that exports may be of, by name and by stem."""

    def __init__(self, raws: Iterable[Path]) -> None:
        self._by_name: dict[str, list[Path]] = {}
        self._by_stem: dict[str, list[Path]] = {}
        for raw in dict.fromkeys(raws):
            self._by_name.setdefault(folded(raw.name), []).append(raw)
            self._by_stem.setdefault(folded(raw.stem), []).append(raw)

    def original(self, export: Path, raw_name: str | None) -> tuple[Path | None, str]:
        """An export's RAW file, and why there is none.

        raw_name: the file that the export says it was made of, whose stem alone counts then: the
            RAW file may have been converted to DNG since, and the export be called anything.
        """
        # Either system's path; a name on one of them is one on the other.
        name = PureWindowsPath(raw_name or "")
        if name.suffix and name.suffix.lower() not in RAW_SUFFIXES:
            return None, NO_ORIGINAL
        near = self._by_name.get(folded(name.name)) if raw_name else None
        stem = name.stem if raw_name else export.stem
        found = _nearest(export, near or self._by_stem.get(folded(stem), []))
        return found, "" if found else NO_RAW_FOUND


def export_edits(exports: Iterable[Path], raws: RawFiles, reader: EditReader) -> Iterator[Edit]:
    """The edits in exports, one an export that holds settings of a photographer's."""
    for export in exports:
        edit = Edit(raw=export, kind="export", origin=export)
        try:
            packets = _packets(export)
            name = f"{export}: embedded XMP"
            try:
                fields = {k: v for packet in packets for k, v in read_fields(packet, name).items()}
                facts = [read_facts(packet, name) for packet in packets]
            except InputError as error:  # not the photographer's fault, and perhaps no export
                log.warning("%s; not used", error)
                continue
            look = next((f.look for f in facts if f.look), None)
            settings = reader.with_settings(edit, fields, look)
            if settings.why_not == NOTHING:
                continue  # a JPEG from the camera, or somebody's TIFF: nothing of ours
            raw_name = next((f.raw_name for f in facts if f.raw_name), None)
            raw, why_not = raws.original(export, raw_name)
            edit = with_facts(replace(settings, raw=raw or export), facts[0])
            if any(one.by_us for one in facts):
                continue  # a picture that we rendered
            yield replace(edit, why_not=why_not or edit.why_not)
        except InputError as error:
            yield unreadable(edit, error)


def _packets(export: Path) -> list[bytes]:
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
