"""An edit as Camera Raw settings in XMP, and Camera Raw settings as an edit."""

import functools
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from params.curve_points import choose_points
from params.edit_process import PROCESSES, edit_process
from params.files import InputError
from params.process_version import FIRST_2012, version_number
from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDER_NAMES, clamp_scalars, neutral_params
from params.record import Record
from params.unsupported import not_held
from params.white_balance import PRESETS, CameraColor, to_absolute, to_relative
from params.xmp_curve import (
    IDENTITY,
    Point,
    dense_points,
    draw,
    parse_points,
    tone_curve,
    wanted_curve,
)
from params.xmp_packet import OURS, PROCESS, Field, merge_fields, read_fields, read_packet

log = logging.getLogger(__name__)

PROCESS_VERSION = "11.0"  # Camera Raw's process version 5
CAMERA_PROFILE = "Adobe Standard"  # the base rendering that can be computed
# How near the points written are to be to the curve wanted, in steps of 255.
CURVE_TOLERANCE = 0.5
VISIBLE_UV = 0.002
CURVE_FORMS = ("points", "dense")  # of the tone curve: 16 points at most, or 256

_CURVE = "ToneCurvePV2012"
_NAMED_CURVES: dict[str, tuple[Point, ...]] = {
    "Linear": IDENTITY,
    "Medium Contrast": ((0, 0), (32, 22), (64, 56), (128, 128), (192, 196), (255, 255)),
    "Strong Contrast": ((0, 0), (32, 16), (64, 50), (128, 128), (192, 202), (255, 255)),
}


@dataclass(frozen=True)
class Settings:
    """A photo's own Camera Raw settings.

    sliders: those present, in Camera Raw's units; Temperature and Tint are absolute.
    curve: the point curve, when one is given or named.
    process: the edit process that they were made for, where we wrote them.
    other: every other field of one text.
    """

    sliders: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Point, ...] | None = None
    channel_curves: bool = False
    white_balance: str | None = None
    process_version: str | None = None
    already_applied: bool = False
    process: int | None = None
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True when there is nothing an edit could be made of."""
        return not self.sliders and self.curve is None and self.white_balance is None


def read_settings(source: bytes | Path, name: str = "XMP") -> Settings:
    """Read the settings in an XMP packet, or in an XMP file.

    Args:
        source: the packet's bytes, or a path.
        name: what error messages call the packet; for a path it is the path.

    Raises:
        InputError: unreadable, not XMP, a slider that is not a number, or a broken curve.
    """
    if not isinstance(source, bytes):
        name, source = str(source), read_packet(source)
    found = settings_of(read_fields(source, name), name)
    process = read_fields(source, name, OURS).get("Process")
    return replace(found, process=next((p for p in PROCESSES if str(p) == process), None))


def settings_of(fields: Mapping[str, str | list[str]], name: str) -> Settings:
    """The settings in fields as read_fields gives them. Raises InputError as read_settings."""
    texts = {key: value for key, value in fields.items() if isinstance(value, str)}
    curve = _NAMED_CURVES.get(texts.get("ToneCurveName2012", ""))
    if fields.get(_CURVE):
        curve = _points(fields[_CURVE], f"{name}: {_CURVE}")
    colours = [fields.get(f"{_CURVE}{colour}") for colour in ("Red", "Green", "Blue")]
    held = {*SLIDER_NAMES, "WhiteBalance", "ProcessVersion", "AlreadyApplied"}
    return Settings(
        sliders={
            key: _number(texts[key], f"{name}: {key}") for key in SLIDER_NAMES if key in texts
        },
        curve=curve,
        channel_curves=any(
            bool(c) and _points(c, f"{name}: {_CURVE}") != IDENTITY for c in colours
        ),
        white_balance=texts.get("WhiteBalance"),
        process_version=texts.get("ProcessVersion"),
        already_applied=texts.get("AlreadyApplied", "").lower() in ("true", "1"),
        other={key: value for key, value in texts.items() if key not in held},
    )


def record_to_xmp(
    record: Record,
    *,
    camera: CameraColor | None = None,
    neutral: Sequence[float] | None = None,
    base: tuple[bytes | None, str] = (None, "XMP"),
    curve: str = "points",
    applied: bool = False,
    warn: Callable[[str], object] = log.warning,
) -> bytes:
    """An edit as an XMP packet.

    Args:
        record: the edit; its as_shot serves where the camera's colour is not known.
        camera, neutral: the camera's colour and the shot's as-shot neutral, when known.
        base: a packet to start from, if there is one, and what error messages call it. What the
            edit holds is replaced there, the rest stays, a later process version too.
        curve: "points" for at most 16 points, "dense" for 256.
        applied: the packet is for a picture that was rendered with the edit.
        warn: called with one line for each thing that XMP cannot hold as it is.

    Raises:
        InputError: `base` is not XMP.
        ValueError: `curve` is another word, or `neutral` is not three positive numbers.
    """
    if curve not in CURVE_FORMS:
        raise ValueError(f"curve is {curve!r}, not points or dense")
    params = clamp_scalars(record.params)
    fields: dict[str, Field] = {
        "Version": PROCESS_VERSION,
        "ProcessVersion": PROCESS_VERSION,
        "WhiteBalance": "As Shot",
        "Temperature": None,
        "Tint": None,
    }
    packet, packet_name = base
    if packet is not None:
        old = read_fields(packet, packet_name)
        for key in ("Version", "ProcessVersion"):
            if version_number(old.get(key)) > version_number(PROCESS_VERSION):
                del fields[key]
    if round(params["Temperature"]) != 6500 or round(params["Tint"]) != 0:
        shot = _shot(record.as_shot)
        _warn_of_shot(record.process, shot, camera, neutral, warn)
        temperature, tint = to_absolute(
            params["Temperature"],
            params["Tint"],
            record.process,
            as_shot=shot,
            camera=camera,
            neutral=neutral,
        )
        fields |= {
            "WhiteBalance": "Custom",
            "Temperature": f"{temperature:.0f}",
            "Tint": _signed(tint, 0),
        }
    fields |= {
        name: _signed(params[name], 2 if name == "Exposure2012" else 0)
        for name in SLIDER_NAMES
        if name not in ("Temperature", "Tint")
    }
    points = _curve_points(record, curve, warn)
    fields |= {
        "ToneCurveName2012": "Linear" if tuple(points) == IDENTITY else "Custom",
        "CameraProfile": CAMERA_PROFILE,
        "HasSettings": "True",
        "AlreadyApplied": str(applied),
        PROCESS: str(record.process),
        _CURVE: [f"{x}, {y}" for x, y in points],
    }
    return merge_fields(packet, fields, packet_name)


def xmp_to_params(
    settings: Settings,
    process: int = 1,
    *,
    camera: CameraColor | None = None,
    neutral: Sequence[float] | None = None,
    as_shot: Mapping[str, float] | None = None,
    knots: int = CURVE_KNOTS,
) -> tuple[dict[str, Any], list[str]]:
    """Camera Raw settings as an edit's params: the inverse of record_to_xmp.

    Args:
        settings: from read_settings.
        process: the edit process that the params are for.
        camera, neutral, as_shot: what is known of the shot's white balance.
        knots: values in the tone curve.

    Returns:
        The params in Camera Raw's units (Temperature and Tint relative to the shot, ToneCurve
        a list), and a line for each thing that they cannot hold.
    """
    params = neutral_params(knots)
    params[CURVE_NAME] = params[CURVE_NAME].tolist()
    if settings.already_applied:
        return params, ["the settings are of a rendered picture (AlreadyApplied), not applied"]
    if settings.empty:
        return params, ["it holds no Camera Raw settings"]
    warnings: list[str] = []
    params |= {key: value for key, value in settings.sliders.items() if "2012" in key}
    params |= {key: settings.sliders.get(key, 0.0) for key in ("Vibrance", "Saturation")}
    if settings.process_version and version_number(settings.process_version) < FIRST_2012:
        warnings.append(f"process version {settings.process_version} has other sliders, not read")
    white: Mapping[str, float] = settings.sliders
    if "Temperature" not in white:
        white = PRESETS.get(settings.white_balance or "", {})
    if settings.white_balance != "As Shot" and white:
        temperature = min(max(white["Temperature"], 2000.0), 50000.0)
        tint = min(max(white.get("Tint", 0.0), -150.0), 150.0)
        shot = _shot(as_shot)
        _warn_of_shot(process, shot, camera, neutral, warnings.append)
        params["Temperature"], params["Tint"], lost = to_relative(
            temperature, tint, process, as_shot=shot, camera=camera, neutral=neutral
        )
        if lost > VISIBLE_UV:
            warnings.append(
                f"white balance {temperature:.0f} K, tint {tint:+.0f}: edit process {process} has "
                f"no such colour, the nearest is {lost:.4f} away in uv"
            )
    elif settings.white_balance not in (None, "As Shot"):
        warnings.append(f"white balance {settings.white_balance!r} without kelvin: as shot")
    points = settings.curve or IDENTITY
    if abs(draw(points)[0]) > 0.5 or abs(draw(points)[-1] - 255.0) > 0.5:
        warnings.append("the point curve's raised or lowered ends are brought back to 0 and 255")
    params[CURVE_NAME] = tone_curve(points, process, knots).tolist()
    lost_fields = [key for key, text in settings.other.items() if not_held(key, text)]
    if settings.channel_curves:
        lost_fields.append("ToneCurvePV2012Red/Green/Blue")
    if lost_fields:
        warnings.append(f"not part of an edit, not read: {', '.join(sorted(lost_fields))}")
    return {**clamp_scalars(params), CURVE_NAME: params[CURVE_NAME]}, warnings


def _curve_points(record: Record, form: str, warn: Callable[[str], object]) -> list[Point]:
    wanted = wanted_curve(record.params[CURVE_NAME], record.process)
    if form == "dense":
        points = dense_points(wanted)
        return list(IDENTITY) if all(x == y for x, y in points) else points
    chosen, miss = _chosen(wanted.tobytes())
    if miss > edit_process(record.process).curve_tolerance:
        warn(f"the tone curve's {len(chosen)} points in XMP miss it by up to {miss:.1f} of 255")
    return list(chosen)


@functools.lru_cache(maxsize=64)  # a picture's sidecar and its TIFF have the same
def _chosen(wanted: bytes) -> tuple[tuple[Point, ...], float]:
    points, miss = choose_points(np.frombuffer(wanted), CURVE_TOLERANCE)
    return tuple(points), miss


def _signed(value: float, decimals: int) -> str:
    """A number as Adobe writes it: +0.50, -25, 0."""
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0.0 else text


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{what} is {text[:40]!r}, not a number")
    return value


def _points(items: str | Sequence[str] | None, what: str) -> tuple[Point, ...]:
    try:
        return parse_points(items or ())
    except ValueError as error:
        raise InputError(f"{what}: {error}") from error


def _shot(as_shot: object) -> dict[str, float] | None:
    """as_shot from a parameter file, if it is {Temperature, Tint} in range."""
    if not isinstance(as_shot, Mapping):
        return None
    temperature, tint = as_shot.get("Temperature"), as_shot.get("Tint")
    if not isinstance(temperature, int | float) or not isinstance(tint, int | float):
        return None
    legal = 1000.0 <= temperature <= 200000.0 and -1000.0 <= tint <= 1000.0
    return {"Temperature": float(temperature), "Tint": float(tint)} if legal else None


def _warn_of_shot(
    process: int,
    shot: Mapping[str, float] | None,
    camera: CameraColor | None,
    neutral: Sequence[float] | None,
    warn: Callable[[str], object],
) -> None:
    if camera is not None and neutral is not None:
        return
    if shot is None:
        warn("the shot's own white balance is not known: taken as 6500 K, tint 0")
    elif edit_process(process).white_by_effect:
        warn("the camera's colour matrices are not known: white balance converted by mired")
