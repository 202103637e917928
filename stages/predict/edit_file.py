"""An edit that somebody gives: our parameter JSON, XMP, or numbers by slider."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imaging.camera import Shot
from params.checks import check_choice
from params.crop import Crop
from params.edit_process import DEFAULT_PROCESS, PROCESSES, edit_process
from params.files import InputError
from params.look_library import LookLibrary
from params.look_profile import read_photo_look
from params.panels import panel_curves, panel_sliders
from params.ranges import CURVE_NAME, SLIDER_NAMES, neutral_params
from params.record import Record, read_record, record_from_json
from params.unsupported import Look, structures
from params.xmp import xmp_to_params
from params.xmp_facts import read_facts
from params.xmp_packet import read_fields, read_packet
from params.xmp_settings import read_settings

log = logging.getLogger(__name__)


def read_edit(
    path: Path, shot: Shot, process: int | None = None, looks: LookLibrary | None = None
) -> tuple[Record, Crop | None]:
    """The edit in a settings file, for a picture with this shot's white balance, and its crop.

    Parameter files hold no crop.

    Args:
        path: a parameter file (.json), else XMP.
        shot: of the picture that it is for.
        process: the edit process that XMP is read as. None: the one it was written for, where
            that was us, else 2, whose sliders mean what Camera Raw's do.

    Raises:
        InputError: neither kind, no settings in it, settings of an already rendered picture, or
            a parameter file of another process.
    """
    if path.suffix.lower() == ".json":
        record = read_record(path)
        if process not in (None, record.process):
            raise InputError(f"{path}: made for edit process {record.process}, not {process}")
        return record, None
    packet, name = read_packet(path), str(path)
    settings = read_settings(packet, name)
    if settings.already_applied:
        raise InputError(f"{path}: settings of a rendered picture (AlreadyApplied), not applied")
    if settings.empty:
        raise InputError(f"{path}: holds no Camera Raw settings")
    process = process or settings.process or DEFAULT_PROCESS
    params, warnings = xmp_to_params(
        settings,
        process,
        camera=shot.color,
        neutral=shot.neutral,
        as_shot=shot.as_shot(),
        knots=edit_process(process).curve_knots_read,
    )
    for warning in warnings:
        log.warning("%s: %s", path, warning)
    if left := structures(read_fields(packet, name)):
        log.warning("%s: not rendered: %s", path, ", ".join(left))
    look = _read_look(packet, name, looks)
    return Record(params, process=process, as_shot=shot.as_shot(), look=look), settings.crop


def _read_look(packet: bytes, name: str, looks: LookLibrary | None) -> Look | None:
    """The look in XMP; a broken profile in it is told, and may be found elsewhere."""
    try:
        look, profile = read_photo_look(packet, name)
    except InputError as error:
        log.warning("%s", error)
        return read_facts(packet, name).look
    if profile is not None and looks is not None:
        looks.add(profile)
    return look


def edit_of_sliders(sliders: Mapping[str, Any], shot: Shot, process: int | None = None) -> Record:
    """The edit of sliders by Camera Raw's names (params.ranges, params.panels) and in its units.

    Those left out are neutral; Temperature 6500 and Tint 0 stand for the camera's own white
    balance. Of panels there are those that the process holds. Values are limited to their ranges.

    Args:
        shot: of the picture that it is for.
        process: the edit process that the numbers are for; None: 2.

    Raises:
        InputError: a name that is no slider, or a value that is not a finite number.
    """
    number = DEFAULT_PROCESS if process is None else process
    check_choice("process", number, PROCESSES)
    panels = edit_process(number).panels
    known = {*SLIDER_NAMES, CURVE_NAME, *(s.name for s in panel_sliders(panels))}
    unknown = sliders.keys() - {*known, *panel_curves(panels)}
    if unknown:
        raise InputError(f"no sliders of these names: {', '.join(sorted(map(str, unknown)))}")
    values = {**neutral_params(), **sliders}
    document = {"process": number, "params_denorm": values}
    record = record_from_json(document, Path("sliders"))
    record.as_shot = shot.as_shot()
    return record
