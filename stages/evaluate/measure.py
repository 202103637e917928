"""Edits judged by their pictures: each rendered and compared with the photographer's."""

import functools
import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dataset.manifest import Entry
from imaging.comparison import SHORT_SIDE
from imaging.metrics import Reference
from jobs.progress import each
from jobs.where import Where
from model.lpips_distance import Distance, load_lpips
from params.files import InputError, read_json, write_text
from params.record import Record, read_record, record_to_json
from stages.evaluate.pictures import FULL, load_pictures, render_apart

log = logging.getLogger(__name__)

# Raised when what is measured changes: kept results are then measured again.
_VERSION = 1
EXPERT = "expert "  # and a name: the row of another photographer's pictures
Measured = dict[str, dict[str, float]]
_lpips: Callable[[], Distance | None] = functools.cache(load_lpips)


@dataclass(frozen=True)
class Task:
    """What is to be measured of one picture.

    edits: by row, in Camera Raw's units (floats, and ToneCurve as a list).
    apart: edits of another process than the entry's, by row.
    others: the same picture by other photographers, by their names.
    full_size: compare at full size as well.
    lpips: with LPIPS as well.
    cache: folder of decoded pictures. kept: folder of results.
    """

    entry: Entry
    edits: Mapping[str, Mapping[str, Any]]
    cache: Path
    kept: Path
    others: Mapping[str, Entry] = field(default_factory=dict)
    apart: Mapping[str, Record] = field(default_factory=dict)
    short_side: int = SHORT_SIDE
    full_size: bool = False
    lpips: bool = False

    @property
    def result(self) -> Path:
        """The file of the results: another one when a picture, an edit or the way changes."""
        lines = [self.entry, *self.others.values()]
        files = [
            e.path(name) for e in lines for name in ("raw", "tif", "data") if e.fields.get(name)
        ]
        stats = [(str(file.resolve()), file.stat()) for file in files]
        facts: list[Any] = [_VERSION, self.entry.key, self.edits, sorted(self.others)]
        facts += [self.short_side, self.full_size, self.lpips]
        facts += [[row, record_to_json(one)] for row, one in self.apart.items()]
        facts += [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return self.kept / f"{digest[:32]}.json"


def measure_picture(task: Task) -> Measured:
    """delta_e, delta_e_95, psnr, ssim (and lpips) of each row; with `_full` behind at full size.

    Raises:
        InputError: a file cannot be read.
    """
    found = _measure_at(task, task.short_side, task.cache)
    if task.full_size:
        for row, values in _measure_at(task, FULL, None).items():
            found[row] |= {f"{name}_full": value for name, value in values.items()}
    return found


def _measure_at(task: Task, short_side: int, cache: Path | None) -> Measured:
    record = read_record(task.entry.path("data"))
    pictures = load_pictures(task.entry, record, short_side, others=task.others, cache=cache)
    reference = Reference(pictures.target)
    distance = _lpips() if task.lpips and cache else None
    found = {}
    for row, rendered in pictures.rendered(record, task.edits):
        found[row] = reference.compare(rendered)
        if distance:
            found[row]["lpips"] = distance(rendered, pictures.target)
    beside = {EXPERT + name: both for name, both in pictures.others.items()}
    for row, edit in task.apart.items():
        beside[row] = render_apart(pictures, task.entry, edit, short_side, cache)
    for row, (theirs, target) in beside.items():
        own = reference if target is pictures.target else Reference(target)
        found[row] = own.compare(theirs)
        if distance:
            found[row]["lpips"] = distance(theirs, target)
    return found


def measure_all(
    tasks: Sequence[Task], where: Where, *, desc: str, debug: bool = False
) -> dict[str, Measured]:
    """Measure pictures, each once: results by id, kept on disk as they come.

    A picture that fails is named, as an error, and the rest go on.

    Args:
        where: they are measured.
        debug: raise the first error.
    """
    found: dict[str, Measured] = {}
    todo = []
    for task in tasks:
        try:
            values = _kept(task.result)
        except InputError as error:  # a file of it is gone
            log.error("left out: %s", error)
            continue
        if values is None:
            todo.append(task)
        else:
            found[task.entry.id] = values
    if todo and found:
        log.info("%s: %d of %d pictures are measured already", desc, len(found), len(tasks))

    def keep(task: Task, values: Measured) -> None:
        write_text(task.result, json.dumps(values) + "\n")
        found[task.entry.id] = values

    each(
        todo,
        measure_picture,
        name=lambda task: f"left out: {task.entry.id}",
        desc=desc,
        where=where,
        take=keep,
        debug=debug,
    )
    return {task.entry.id: found[task.entry.id] for task in tasks if task.entry.id in found}


def _kept(file: Path) -> Measured | None:
    if not file.is_file():
        return None
    try:
        values = read_json(file)
        sound = all(np.isfinite(v) for row in values.values() for v in row.values())
    except (InputError, AttributeError, TypeError):
        return None
    return values if sound else None
