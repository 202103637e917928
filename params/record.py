"""The parameter file: one picture's edit as JSON, format acr-autopilot-v1."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from params.edit_process import MASKS, PROCESSES
from params.files import InputError, read_json, write_text
from params.ranges import (
    CURVE_KNOTS,
    CURVE_NAME,
    SLIDER_NAMES,
    clamp_scalars,
    denormalize_scalars,
    normalize_scalars,
    normalize_tone_curve,
)
from params.unsupported import LONGEST_NAME, MOST_AMOUNT, Look
from params.xmp_facts import look_uuid

FORMAT = "acr-autopilot-v1"


@dataclass
class Record:
    """An edit and what is known about it.

    params: slider name -> float in Camera Raw's units, and ToneCurve -> list of floats.
    process: number of the edit process that they belong to, see params.edit_process.
    as_shot: the camera's {Temperature, Tint}, when known.
    masks: "plain" or "centred" regional masks (process 1).
    fit: residuals, iterations, seconds and alignment of a fitted edit.
    source: {id, split, expert, raw, tif}: what rebuilding a lost manifest needs.
    look: the creative look on top; its profile is the user's own, see params.look_library.
    """

    params: dict[str, Any]
    process: int = 1
    as_shot: dict[str, float] | None = None
    masks: str = "plain"
    fit: dict[str, Any] | None = None
    source: dict[str, Any] | None = None
    look: Look | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def write_record(path: Path, record: Record) -> None:
    """Write a parameter file atomically, every value clamped to its legal range."""
    write_text(path, json.dumps(record_to_json(record), indent=2, allow_nan=False) + "\n")


def record_to_json(record: Record) -> dict[str, Any]:
    """What a parameter file holds, every value clamped to its legal range."""
    denorm: dict[str, Any] = clamp_scalars(record.params)
    norm: dict[str, Any] = normalize_scalars(denorm)
    curve = [
        float(v)
        for v in normalize_tone_curve(record.params[CURVE_NAME], len(record.params[CURVE_NAME]))
    ]
    denorm = {name: float(denorm[name]) for name in SLIDER_NAMES} | {CURVE_NAME: curve}
    norm = {name: float(norm[name]) for name in SLIDER_NAMES} | {CURVE_NAME: curve}
    document = {
        **record.extra,
        "format": FORMAT,
        "process": record.process,
        "masks": record.masks,
        "params_denorm": denorm,
        "params_norm": norm,
    }
    for name in ("as_shot", "fit", "source"):
        if getattr(record, name) is not None:
            document[name] = getattr(record, name)
    if record.look is not None:
        document["look"] = record.look._asdict()
    return document


def read_record(path: Path) -> Record:
    """Read a parameter file; one dictionary, other knot counts and old files are accepted.

    Raises:
        InputError: not such a file, a slider missing or not a finite number, or an edit
            process this version does not know.
    """
    return record_from_json(read_json(path), path)


def record_from_json(document: Any, path: Path) -> Record:
    """As read_record, of what a file held; `path` is what errors name."""
    if not isinstance(document, dict) or document.get("format", FORMAT) != FORMAT:
        raise InputError(f"{path}: not a parameter file of format {FORMAT}")
    process, masks = document.get("process", 1), document.get("masks", "plain")
    if process not in PROCESSES:
        raise InputError(f"{path}: edit process {process!r} is not known to this version")
    if masks not in MASKS:
        raise InputError(f"{path}: masks is {masks!r}, not plain or centred")
    for key in ("params_denorm", "params_norm"):
        if isinstance(document.get(key), dict):
            params = _numbers(path, document[key])
            break
    else:
        raise InputError(f"{path}: has neither params_denorm nor params_norm")
    scalars = clamp_scalars(params) if key == "params_denorm" else denormalize_scalars(params)
    known = {
        "format",
        "process",
        "masks",
        "params_denorm",
        "params_norm",
        "as_shot",
        "fit",
        "source",
        "look",
    }
    return Record(
        params=scalars | {CURVE_NAME: params[CURVE_NAME]},
        process=process,
        as_shot=document.get("as_shot"),
        masks=masks,
        fit=document.get("fit"),
        source=document.get("source"),
        look=_look(path, document.get("look")),
        extra={name: value for name, value in document.items() if name not in known},
    )


def _look(path: Path, value: Any) -> Look | None:
    """A look as look._asdict() wrote it; name and amount (1) or uuid may be left out."""
    if value is None:
        return None
    try:
        name, uuid = value.get("name", ""), value.get("uuid", "")
        amount = _finite("amount", value.get("amount", 1.0))
        named = isinstance(name, str) and isinstance(uuid, str) and bool(name or uuid)
    except (AttributeError, OverflowError, ValueError) as error:
        raise InputError(f"{path}: look: {error}") from error
    if not named or len(name) > LONGEST_NAME or not 0.0 <= amount <= MOST_AMOUNT:
        raise InputError(f"{path}: look is not a name or UUID and an amount in 0..2")
    return Look(name, amount, look_uuid(uuid))


def _numbers(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Check the numbers of one dictionary; the curve keeps its own number of knots."""
    numbers: dict[str, Any] = {}
    try:
        for name in SLIDER_NAMES:
            numbers[name] = _finite(name, values.get(name))
        curve = values.get(CURVE_NAME, np.linspace(0.0, 1.0, CURVE_KNOTS))
        curve = normalize_tone_curve(curve, len(curve))
    except (OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error
    return numbers | {CURVE_NAME: curve.tolist()}


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {str(value)[:40]!r}, not a finite number")
    return float(value)
