"""An edit's white balance as Lightroom shows it, for people and for XMP."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from params.camera_color import CameraColor
from params.edit_process import edit_process
from params.ranges import clamp_scalars
from params.record import Record, record_to_json
from params.white_balance import TEMPERATURE, TINT, to_absolute
from params.xmp_packet import Field
from params.xmp_text import signed


def white_fields(
    record: Record,
    camera: CameraColor | None,
    neutral: Sequence[float] | None,
    warn: Callable[[str], object],
) -> dict[str, Field]:
    """WhiteBalance, Temperature and Tint of an edit's XMP; the last two only where it is custom.

    camera, neutral: the camera's colour and the shot's as-shot neutral, when known.
    warn: called with a line where what is written cannot be exact.
    """
    if is_as_shot(record):
        return {"WhiteBalance": "As Shot", "Temperature": None, "Tint": None}
    warn_of_shot(record.process, legal_shot(record.as_shot), camera, neutral, warn)
    temperature, tint = _absolute(record, camera, neutral)
    return {"WhiteBalance": "Custom", "Temperature": f"{temperature:.0f}", "Tint": signed(tint)}


def is_as_shot(record: Record) -> bool:
    """Whether an edit leaves the white balance as the camera set it, in whole numbers."""
    white = clamp_scalars(record.params, (TEMPERATURE, TINT))
    return (
        round(float(white["Temperature"])) == TEMPERATURE.neutral
        and round(float(white["Tint"])) == TINT.neutral
    )


def shown_white(
    record: Record, camera: CameraColor | None = None, neutral: Sequence[float] | None = None
) -> dict[str, float] | None:
    """The Temperature (kelvin) and Tint of an edit that Lightroom shows, whole numbers.

    None where neither the camera's colour nor the edit's as_shot is known.
    """
    if legal_shot(record.as_shot) is None and (camera is None or neutral is None):
        return None
    temperature, tint = _absolute(record, camera, neutral)
    return {"Temperature": float(round(temperature)), "Tint": float(round(tint))}


def shown_settings(
    record: Record, camera: CameraColor | None = None, neutral: Sequence[float] | None = None
) -> dict[str, Any]:
    """An edit's numbers for people: params with Temperature and Tint as Lightroom shows them.

    Where they can't be known they are relative to the shot: 6500 and 0 are as shot.
    """
    params: dict[str, Any] = record_to_json(record)["params_denorm"]
    return params | (shown_white(record, camera, neutral) or {})


def legal_shot(as_shot: object) -> dict[str, float] | None:
    """as_shot of a parameter file, if it is {Temperature, Tint} in range."""
    if not isinstance(as_shot, Mapping):
        return None
    temperature, tint = as_shot.get("Temperature"), as_shot.get("Tint")
    if not isinstance(temperature, int | float) or not isinstance(tint, int | float):
        return None
    legal = 1000.0 <= temperature <= 200000.0 and -1000.0 <= tint <= 1000.0
    return {"Temperature": float(temperature), "Tint": float(tint)} if legal else None


def _absolute(
    record: Record, camera: CameraColor | None, neutral: Sequence[float] | None
) -> tuple[float, float]:
    white = clamp_scalars(record.params, (TEMPERATURE, TINT))
    return to_absolute(
        float(white["Temperature"]),
        float(white["Tint"]),
        record.process,
        as_shot=legal_shot(record.as_shot),
        camera=camera,
        neutral=neutral,
    )


def warn_of_shot(
    process: int,
    shot: Mapping[str, float] | None,
    camera: CameraColor | None,
    neutral: Sequence[float] | None,
    warn: Callable[[str], object],
) -> None:
    """Say where a white balance cannot be converted exactly; shot: of legal_shot()."""
    if camera is not None and neutral is not None:
        return
    if shot is None:
        warn("the shot's own white balance is not known: taken as 6500 K, tint 0")
    elif edit_process(process).white_by_effect:
        warn("the camera's colour matrices are not known: white balance converted by mired")
