"""The parameter file: one picture's edit as JSON, format acr-autopilot-v1."""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from params.edit_process import MASKS, PROCESSES, EditProcess, edit_process
from params.files import InputError, read_json, write_text
from params.panels import moved_panels, panel_curves, panel_names, panel_sliders
from params.ranges import (
    CURVE_KNOTS,
    CURVE_NAME,
    SLIDERS,
    clamp_scalars,
    denormalize_scalars,
    limit_tone_curve,
    normalize_scalars,
)
from params.unsupported import LONGEST_NAME, MOST_AMOUNT, Look
from params.warn_once import warn_once
from params.xmp_facts import look_uuid

log = logging.getLogger(__name__)

FORMAT = "acr-autopilot-v1"
_MOST_BYTES = 4 << 20
_SHOWN = 8  # names in a warning
_ROUNDING = 1e-4  # of a range: so far beyond it is no value of its own


@dataclass
class Record:
    """An edit and what is known about it.

    params: slider name -> float in Camera Raw's units, and ToneCurve -> list of floats; beside
        the ten basic sliders those of panels that are moved, see params.panels.moved_panels.
    process: number of the edit process that they belong to, see params.edit_process.
    as_shot: the camera's {Temperature, Tint}, when known.
    masks: "plain" or "centred" regional masks (process 1).
    fit: residuals, iterations, seconds and alignment of a fitted edit.
    source: {id, split, expert, raw, tif}: what rebuilding a lost manifest needs.
    look: the creative look on top; its profile is the user's own, see params.look_library.
    held: the panels that the edit speaks of, "basic" for the ten sliders and the tone curve; in
        XMP others stay as they are. None: all that its process has. Not in files.
    """

    params: dict[str, Any]
    process: int = 1
    as_shot: dict[str, float] | None = None
    masks: str = "plain"
    fit: dict[str, Any] | None = None
    source: dict[str, Any] | None = None
    look: Look | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    held: tuple[str, ...] | None = None


def write_record(path: Path, record: Record) -> None:
    """Write a parameter file atomically, every value clamped to its legal range."""
    write_text(path, json.dumps(record_to_json(record), indent=2, allow_nan=False) + "\n")


def record_to_json(record: Record) -> dict[str, Any]:
    """What a parameter file holds, every value clamped to its legal range."""
    holds = edit_process(record.process)
    denorm = limit_params(record.params, holds)
    sliders = [*SLIDERS, *panel_sliders(holds.panels, denorm)]
    norm = denorm | {name: float(v) for name, v in normalize_scalars(denorm, sliders).items()}
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
    return record_from_json(read_json(path, _MOST_BYTES), path)


def record_from_json(document: Any, path: Path) -> Record:
    """As read_record, of what a file held; `path` is what errors name."""
    if not isinstance(document, dict) or document.get("format", FORMAT) != FORMAT:
        raise InputError(f"{path}: not a parameter file of format {FORMAT}")
    process, masks = document.get("process", 1), document.get("masks", "plain")
    if process not in PROCESSES:
        raise InputError(f"{path}: edit process {process!r} is not known to this version")
    if masks not in MASKS:
        raise InputError(f"{path}: masks is {masks!r}, not plain or centred")
    holds = edit_process(process)
    for key in ("params_denorm", "params_norm"):
        if isinstance(document.get(key), dict):
            params = _numbers(path, document[key], holds)
            _tell_odd(path, document[key], params, holds, norm=key == "params_norm")
            break
    else:
        raise InputError(f"{path}: has neither params_denorm nor params_norm")
    if key == "params_norm":
        sliders = [*SLIDERS, *panel_sliders(holds.panels, params)]
        params |= denormalize_scalars(params, sliders)
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
        params=limit_params(params, holds),
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


def limit_params(params: Mapping[str, Any], process: EditProcess) -> dict[str, Any]:
    """An edit's params, with every value in its range: floats, and curves as lists.

    What the process does not hold is left out, and so are panels that change nothing.

    Raises:
        ValueError: a curve of fewer than two values, or with one that is not finite.
    """
    sliders = panel_sliders(process.panels, params)
    limited = {name: float(v) for name, v in clamp_scalars(params, sliders).items()}
    for name in panel_curves(process.panels):
        if name in params:
            limited[name] = limit_tone_curve(params[name], free=True).tolist()
    basic = {name: float(value) for name, value in clamp_scalars(params).items()}
    curve = limit_tone_curve(params[CURVE_NAME], process.free_curve).tolist()
    return basic | {CURVE_NAME: curve} | moved_panels(limited, process.panels)


def _tell_odd(
    path: Path,
    given: Mapping[str, Any],
    params: Mapping[str, Any],
    process: EditProcess,
    *,
    norm: bool,
) -> None:
    """Warn of names that the process does not have, and of values that are limited."""
    sliders = [*SLIDERS, *panel_sliders(process.panels, params)]
    known = {CURVE_NAME, *(slider.name for slider in SLIDERS), *panel_names(process.panels)}
    unknown = [str(name)[:60] for name in given if name not in known]
    beyond = []
    for slider in sliders:
        low, high = (-1.0, 1.0) if norm else (slider.low, slider.high)
        room = _ROUNDING * (high - low)
        if not low - room <= params[slider.name] <= high + room:
            beyond.append(f"{slider.name} {params[slider.name]:g}")
    for names, what in (
        (unknown, f"left out, no sliders of edit process {process.number}"),
        (beyond, "limited to their range"),
    ):
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            warn_once(log, f"{path}: {what}: {', '.join(names[:_SHOWN])}{more}")


def _numbers(path: Path, values: dict[str, Any], process: EditProcess) -> dict[str, Any]:
    """Check the numbers of one dictionary; curves keep their own number of knots."""
    numbers: dict[str, Any] = {}
    try:
        for slider in SLIDERS:
            numbers[slider.name] = _finite(slider.name, values.get(slider.name))
        for slider in panel_sliders(process.panels, values):
            numbers[slider.name] = _finite(slider.name, values[slider.name])
        for name in (CURVE_NAME, *panel_curves(process.panels)):
            if name in values:
                free = name != CURVE_NAME or process.free_curve
                numbers[name] = limit_tone_curve(values[name], free)
    except (OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error
    return {CURVE_NAME: np.linspace(0.0, 1.0, CURVE_KNOTS)} | numbers


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {str(value)[:40]!r}, not a finite number")
    return float(value)
