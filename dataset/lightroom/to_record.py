"""A found edit as a parameter file: its name in the manifest, its numbers, what it leaves out."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dataset.hold_out import TRAINING, VALIDATION
from dataset.lightroom.edit import Edit
from dataset.manifest import portable_path
from imaging.camera import Shot
from params.file_names import folded
from params.files import REPO_ROOT
from params.plain_names import plain_name
from params.ranges import CURVE_KNOTS
from params.record import Record
from params.style_settings import STYLE
from params.white_balance import WHITE
from params.xmp import xmp_to_params
from params.xmp_curve import IDENTITY
from params.xmp_settings import Settings

EXTRA = "imported"  # the parameter file's field that an import adds


@dataclass(frozen=True)
class Import:
    """An edit to be taken, and what its manifest line says."""

    id: str
    split: str
    expert: str
    edit: Edit

    @property
    def raw(self) -> Path:
        return self.edit.raw


def is_untouched(settings: Settings) -> bool:
    """Whether all that an edit holds stands as Camera Raw sets it by itself.

    settings: as params.xmp_settings.held_settings gives them.
    """
    moved = [
        value for name, value in settings.sliders.items() if name not in WHITE and value != 0.0
    ]
    shot = settings.white_balance in (None, "As Shot")
    if settings.white_balance is None and "Temperature" in settings.sliders:
        shot = False
    panels = settings.panels or settings.curves
    return shot and not moved and not panels and settings.curve in (None, IDENTITY)


def settings_digest(settings: Settings) -> str:
    """Tells different settings apart: equal for settings that were copied.

    settings: as params.xmp_settings.held_settings gives them.
    """
    sliders = dict(settings.sliders)
    if settings.white_balance == "As Shot":  # the camera's own numbers may stand beside it
        sliders.pop("Temperature", None)
        sliders.pop("Tint", None)
    facts: list[Any] = [sorted(sliders.items()), settings.curve, settings.white_balance]
    if settings.panels or settings.curves:
        facts += [dict(settings.panels), dict(settings.curves)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def edit_digest(edit: Edit) -> str:
    """Tells whether anything in an edit's parameter file would be another."""
    digest = settings_digest(edit.settings)
    if not edit.style and edit.look is None:
        return digest
    facts = [digest, sorted(edit.style.items()), edit.look]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def name_edits(edits: Sequence[Edit], owners: dict[str, str]) -> list[str]:
    """A manifest id for each: the RAW file's stem where it is the only one of its name.

    Others get six letters of their path behind it, and virtual copies their own eight.

    Args:
        owners: id -> RAW file, as a manifest writes it, of what the output folder holds.
    """
    names = name_raws([edit.raw for edit in edits], owners)
    return [
        plain_name(f"{name}-copy-{edit.copy}" if edit.copy else name)
        for name, edit in zip(names, edits, strict=True)
    ]


def name_raws(raws: Sequence[Path], owners: Mapping[str, str]) -> list[str]:
    """As name_edits, of RAW files alone, and not yet plain."""
    real = [raw.resolve() for raw in raws]
    count = Counter(folded(raw.stem) for raw in set(real))
    taken = {folded(id): REPO_ROOT / raw for id, raw in owners.items()}
    names = []
    for raw in real:
        name = raw.stem
        owner = taken.get(folded(name))
        if count[folded(name)] > 1 if owner is None else owner != raw:
            name += f"-{hashlib.sha256(os.fsencode(raw)).hexdigest()[:6]}"
        names.append(name)
    return names


def split_of(edit: Edit, share: float) -> str:
    """training, or validation for about `share` of the pictures.

    Pictures of one hour by one camera go together, so that a burst is never on both sides; and
    a picture's side never depends on what else is imported.
    """
    return split_of_capture(edit.camera, edit.taken, edit.raw, share)


def split_of_capture(camera: str | None, taken: datetime | None, raw: Path, share: float) -> str:
    """As split_of."""
    hour = f"{taken:%Y-%m-%d %H}" if taken else str(raw.stem)
    digest = hashlib.sha256(f"{camera}|{hour}".encode("utf-8", "replace")).digest()
    return VALIDATION if int.from_bytes(digest[:4], "big") < share * 2**32 else TRAINING


def make_record(
    job: Import, shot: Shot, process: int, knots: int = CURVE_KNOTS
) -> tuple[Record, list[str]]:
    """The edit's numbers, relative to the shot, and a line for each thing they cannot hold."""
    edit = job.edit
    params, warnings = xmp_to_params(
        edit.settings, process, camera=shot.color, neutral=shot.neutral, knots=knots
    )
    lost = [f"{one.what}: {one.detail}" for one in edit.lost]
    in_lost = ("the point curve's", "not part of an edit")  # which `lost` has in more detail
    notes = [line for line in warnings if not line.startswith(in_lost)]
    extra: dict[str, Any] = {
        "from": edit.kind,
        "settings": edit_digest(edit),
        "not_held": lost,
    }
    record = Record(
        params=params,
        process=process,
        as_shot=shot.as_shot(),
        source={
            "id": job.id,
            "split": job.split,
            "expert": job.expert,
            "raw": portable_path(edit.raw),
            "tif": None,
        },
        look=edit.look,
        extra={EXTRA: extra} | ({STYLE: dict(edit.style)} if edit.style else {}),
    )
    return record, notes
