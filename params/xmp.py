"""An edit as Camera Raw settings in XMP, and Camera Raw settings as an edit."""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from params.curve_points import choose_points
from params.edit_process import EditProcess, edit_process
from params.outputs import BASIC
from params.panel_switches import switched_on
from params.panels import CURVE_FORMS, MASTER_CURVE, panel_curves
from params.process_version import FIRST_2012, version_number
from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDERS, clamp_scalars, decimals, neutral_params
from params.record import Record, limit_params
from params.unsupported import not_held
from params.white_balance import PRESETS, WHITE, CameraColor, to_relative
from params.xmp_curve import IDENTITY, Point, dense_points, draw, tone_curve, wanted_curve
from params.xmp_packet import DATE, METADATA_DATE, PROCESS, Field, merge_fields, read_fields
from params.xmp_panels import held_curves, held_panels, panel_fields
from params.xmp_settings import Settings
from params.xmp_text import limit_read, point_texts, signed
from params.xmp_white import legal_shot, warn_of_shot, white_fields

log = logging.getLogger(__name__)

PROCESS_VERSION = "11.0"  # Camera Raw's process version 5
CAMERA_PROFILE = "Adobe Standard"  # the base rendering that can be computed
# How near the points written are to be to the curve wanted, in steps of 255.
CURVE_TOLERANCE = 0.5
VISIBLE_UV = 0.002


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
            edit holds (record.held) is replaced there, the rest stays, a later process version
            and a camera profile too.
        curve: "points" for at most 16 points, "dense" for 256.
        applied: the packet is for a picture that was rendered with the edit.
        warn: called with one line for each thing that XMP cannot hold as it is.

    Raises:
        InputError: `base` is not XMP.
        ValueError: `curve` is another word, or `neutral` is not three positive numbers.
    """
    if curve not in CURVE_FORMS:
        raise ValueError(f"curve is {curve!r}, not points or dense")
    process = edit_process(record.process)
    params = limit_params(record.params, process)
    packet, packet_name = base
    old = {} if packet is None else read_fields(packet, packet_name)
    fields: dict[str, Field] = {
        key: PROCESS_VERSION
        for key in ("Version", "ProcessVersion")
        if version_number(old.get(key)) <= version_number(PROCESS_VERSION)
    }
    if not applied:  # a picture's own bytes are the same whenever it is rendered
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        fields |= {DATE: now, METADATA_DATE: now}
    if not old.get("CameraProfile"):
        fields["CameraProfile"] = CAMERA_PROFILE
    fields |= {
        "HasSettings": "True",
        "AlreadyApplied": str(applied),
        PROCESS: str(record.process),
    }
    held = process.panels if record.held is None or applied else record.held
    points_of = functools.partial(_curve_points, process=process, form=curve, warn=warn)
    if record.held is None or applied or BASIC in held:
        fields |= white_fields(record, camera, neutral, warn)
        fields |= _basic_fields(params, points_of)
    fields |= panel_fields(params, [p for p in process.panels if p in held], old, points_of)
    return merge_fields(packet, fields | switched_on(old, fields), packet_name)


def _basic_fields(
    params: Mapping[str, Any], points_of: Callable[[Sequence[float], str], list[Point]]
) -> dict[str, Field]:
    points = points_of(params[CURVE_NAME], "tone curve")
    fields: dict[str, Field] = {
        slider.name: signed(params[slider.name], decimals(slider.name))
        for slider in SLIDERS
        if slider.name not in WHITE
    }
    named = "Linear" if tuple(points) == IDENTITY else "Custom"
    return fields | {"ToneCurveName2012": named, MASTER_CURVE: point_texts(points)}


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
    warnings = list(settings.faults)
    holds = edit_process(process)
    params |= {
        slider.name: limit_read(slider, settings.sliders[slider.name], warnings)
        for slider in SLIDERS
        if slider.name in settings.sliders and slider.name not in WHITE
    }
    panels, outside = held_panels(settings.panels, holds)
    warnings += outside
    if settings.process_version and version_number(settings.process_version) < FIRST_2012:
        warnings.append(f"process version {settings.process_version} has other sliders, not read")
    white: Mapping[str, float] = settings.sliders
    if "Temperature" not in white:
        white = PRESETS.get(settings.white_balance or "", {})
    if settings.white_balance != "As Shot" and white:
        temperature = min(max(white["Temperature"], 2000.0), 50000.0)
        tint = min(max(white.get("Tint", 0.0), -150.0), 150.0)
        shot = legal_shot(as_shot)
        warn_of_shot(process, shot, camera, neutral, warnings.append)
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
    if not holds.free_curve:
        first, last = draw(points)[[0, -1]]
        if first > 0.5 or last < 254.5:
            warnings.append(
                "the point curve's raised or lowered ends are brought back to 0 and 255"
            )
    curve = tone_curve(points, process, knots).tolist()
    curves = held_curves(settings.curves, holds, knots)
    texts = {name: f"{value:g}" for name, value in settings.panels.items()} | {**settings.other}
    lost_fields = [key for key, text in texts.items() if not_held(key, text, holds)]
    if any(name not in panel_curves(holds.panels) for name in settings.curves):
        lost_fields.append("ToneCurvePV2012Red/Green/Blue")
    if lost_fields:
        warnings.append(f"not part of an edit, not read: {', '.join(sorted(lost_fields))}")
    return {**clamp_scalars(params), CURVE_NAME: curve, **panels, **curves}, warnings


def _curve_points(
    values: Sequence[float],
    what: str,
    *,
    process: EditProcess,
    form: str,
    warn: Callable[[str], object],
) -> list[Point]:
    """A curve's points in one of CURVE_FORMS; a warning, that calls it `what`, if they miss it."""
    wanted = wanted_curve(values, process.number)
    if form == "dense":
        points = dense_points(wanted)
        return list(IDENTITY) if all(x == y for x, y in points) else points
    chosen, miss = _chosen(wanted.tobytes(), process.free_curve)
    if miss > process.curve_tolerance:
        warn(f"the {what}'s {len(chosen)} points in XMP miss it by up to {miss:.1f} of 255")
    return list(chosen)


@functools.lru_cache(maxsize=64)  # a picture's sidecar and its TIFF have the same
def _chosen(wanted: bytes, free: bool) -> tuple[tuple[Point, ...], float]:
    points, miss = choose_points(np.frombuffer(wanted), CURVE_TOLERANCE, free)
    return tuple(points), miss
