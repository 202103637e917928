"""An edit as the journal and the kept predictions hold it: JSON, every number as it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from params.files import InputError
from params.panels import CURVE_NAMES, PANELS
from params.record import Record, record_from_json

# Of a record's `extra`: the points that somebody drew a curve by, by the curve's XMP name.
POINTS = "curve_points"


def edit_to_json(record: Record) -> dict[str, Any]:
    """A record without what belongs to fits and sources."""
    found: dict[str, Any] = {
        "process": record.process,
        "masks": record.masks,
        "params_denorm": {
            name: [float(v) for v in value] if name in CURVE_NAMES else float(value)
            for name, value in record.params.items()
        },
        "extra": record.extra,
    }
    if record.as_shot is not None:
        found["as_shot"] = record.as_shot
    if record.look is not None:
        found["look"] = record.look._asdict()
    if record.held is not None:
        found["held"] = list(record.held)
    return found


def edit_from_json(document: Any, path: Path) -> Record:
    """The inverse; `path` is what errors name.

    Raises:
        InputError: not such an edit.
    """
    if not isinstance(document, Mapping):
        raise InputError(f"{path}: not an edit")
    rest = {name: document[name] for name in document if name not in ("extra", "held")}
    record = record_from_json(rest, path)
    extra, held = document.get("extra"), document.get("held")
    record.extra = dict(extra) if isinstance(extra, Mapping) else {}
    if isinstance(held, list):
        record.held = tuple(name for name in held if name in PANELS)
    return record
