"""A photographer's edits that are at hand as records: their files and manifest lines."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataset.lightroom.to_record import EXTRA
from dataset.manifest import merge_manifest, portable_path
from dataset.set_folder import Outputs
from imaging.preview import save_preview
from imaging.raw_picture import RawPicture
from params.files import InputError
from params.record import Record, read_record, record_to_json, write_record

_LETTERS = 16  # of a digest
# Of a record's `extra`: what is true of a prediction and its picture, not of a corrected edit.
_OF_THE_PREDICTION = ("confidence", "confidence_by_panel", "scene", "raw")


@dataclass(frozen=True)
class OwnEdit:
    """An edit, and what its manifest line says. id: plain, see dataset.lightroom.to_record.

    origin: where it comes from, for the parameter file, such as "studio".
    """

    id: str
    split: str
    expert: str
    raw: Path
    record: Record
    origin: str


def take_edit(edit: OwnEdit, outputs: Outputs) -> bool:
    """Write an edit's preview and parameter file, this one last; False: it is there already.

    Raises:
        InputError: the RAW file cannot be read, the folder refuses, or another command's
            parameter file would be replaced.
    """
    data, preview = outputs.data(edit.id, edit.expert), outputs.preview(edit.id)
    digest = _digest(edit.record)
    there = _there(data)
    if there is not None and EXTRA not in there.extra:
        raise InputError(f"{edit.raw}: {data} is the result of a fit; take another --expert")
    other = there is not None and there.process != edit.record.process
    made = there.extra.get(EXTRA) if there is not None else None
    same = isinstance(made, dict) and made.get("settings") == digest
    if preview.is_file() and same and not other:
        return False
    if other or not preview.is_file():  # each process has its own pixels
        with RawPicture(edit.raw) as picture:
            save_preview(preview, picture.proxy(edit.record.process))
    outputs.set_aside(edit.id, edit.expert, edit.record.process)
    kept = {k: v for k, v in edit.record.extra.items() if k not in _OF_THE_PREDICTION}
    said = {"from": edit.origin, "settings": digest, "not_held": []}
    source = {
        "id": edit.id,
        "split": edit.split,
        "expert": edit.expert,
        "raw": portable_path(edit.raw),
        "tif": None,
    }
    record = replace(edit.record, source=source, fit=None, extra=kept | {EXTRA: said})
    write_record(data, record)
    return True


def merge_edits(manifest: Path, edits: Iterable[OwnEdit], outputs: Outputs) -> int:
    """Enter edits that are written into a manifest; how many lines it has then.

    Raises:
        InputError: it cannot be read or written.
    """
    lines = [outputs.entry(one.id, one.split, one.expert, one.raw) for one in edits]
    return merge_manifest(manifest, lines)


def _there(data: Path) -> Record | None:
    """The parameter file that is there; a damaged one is made again."""
    if not data.is_file():
        return None
    try:
        return read_record(data)
    except InputError:
        return None


def _digest(record: Record) -> str:
    """Tells whether an edit's parameter file would be another."""
    document = record_to_json(replace(record, fit=None, source=None, extra={}))
    facts: list[Any] = [document["process"], document["params_denorm"], document.get("look")]
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LETTERS]
