"""A photo's own Camera Raw settings, as they stand in its XMP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from params.crop import Crop, read_crop
from params.edit_process import PROCESSES, EditProcess
from params.panel_switches import without_switched_off
from params.panels import MASTER_CURVE, PANELS, panel_curves, panel_sliders
from params.ranges import SLIDER_NAMES
from params.xmp_curve import IDENTITY, Point
from params.xmp_packet import OURS, read_fields, read_packet
from params.xmp_panels import held_panels, read_curves, read_panels
from params.xmp_text import read_number, read_points

_NAMED_CURVES: dict[str, tuple[Point, ...]] = {
    "Linear": IDENTITY,
    "Medium Contrast": ((0, 0), (32, 22), (64, 56), (128, 128), (192, 196), (255, 255)),
    "Strong Contrast": ((0, 0), (32, 16), (64, 50), (128, 128), (192, 202), (255, 255)),
}


@dataclass(frozen=True)
class Settings:
    """A photo's own Camera Raw settings.

    sliders: the basic ones that are present, in Camera Raw's units; Temperature and Tint are
        absolute.
    curve: the point curve, when one is given or named.
    panels: the sliders of other panels that are present, as they stand.
    curves: the point curves of single channels that change something, by XMP name.
    process: the edit process that they were made for, where we wrote them.
    crop: what is left of the picture; None: all of it.
    faults: a line for each thing that cannot be used.
    other: every other field of one text.
    """

    sliders: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Point, ...] | None = None
    panels: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    white_balance: str | None = None
    process_version: str | None = None
    already_applied: bool = False
    process: int | None = None
    crop: Crop | None = None
    faults: Sequence[str] = ()
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True when there is nothing an edit could be made of."""
        held = self.sliders, self.panels, self.curves
        return not any(held) and self.curve is None and self.white_balance is None


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


def held_settings(settings: Settings, process: EditProcess) -> Settings:
    """Of a photo's settings only those that an edit of the process holds, and panels moved."""
    held, _ = held_panels(settings.panels, process)
    names = panel_curves(process.panels)
    return replace(
        settings,
        panels={name: value for name, value in settings.panels.items() if name in held},
        curves={name: points for name, points in settings.curves.items() if name in names},
        other={},
    )


def settings_of(fields: Mapping[str, str | list[str]], name: str) -> Settings:
    """The settings in fields as read_fields gives them. Raises InputError as read_settings.

    Panels that are switched off count as neutral, and a kelvin of 0 or below as none.
    """
    fields = without_switched_off(fields)
    texts = {key: value for key, value in fields.items() if isinstance(value, str)}
    curve = _NAMED_CURVES.get(texts.get("ToneCurveName2012", ""))
    if fields.get(MASTER_CURVE):
        curve = read_points(fields[MASTER_CURVE], f"{name}: {MASTER_CURVE}")
    held = {*SLIDER_NAMES, "WhiteBalance", "ProcessVersion", "AlreadyApplied", "HasCrop"}
    held |= {slider.name for slider in panel_sliders(PANELS)}
    crop, faults = read_crop(texts)
    sliders = {
        key: read_number(texts[key], f"{name}: {key}") for key in SLIDER_NAMES if key in texts
    }
    if sliders.get("Temperature", 1.0) <= 0.0:  # of converters that didn't know the camera's
        del sliders["Temperature"]
    return Settings(
        sliders=sliders,
        curve=curve,
        panels=read_panels(texts, name),
        curves=read_curves(fields, name),
        white_balance=texts.get("WhiteBalance"),
        process_version=texts.get("ProcessVersion"),
        already_applied=texts.get("AlreadyApplied", "").lower() in ("true", "1"),
        crop=crop,
        faults=tuple(faults),
        other={key: value for key, value in texts.items() if key not in held},
    )
