"""Panels of Camera Raw that are switched off: their settings stay in the file and do nothing."""

from collections.abc import Collection, Mapping

from params.panels import (
    CALIBRATION,
    COLOR_GRADING,
    COLOR_MIXER,
    CURVES,
    GRAIN,
    PARAMETRIC_CURVE,
    VIGNETTE,
    Panel,
)

_OFF = ("false", "0")


def _names(*panels: Panel) -> tuple[str, ...]:
    return tuple(name for panel in panels for name in (*panel.neutral, *panel.curves))


# Switch -> fields that it switches off, or how they begin. The switches' names are those of
# Lightroom's SDK and of the settings that it writes.
_SWITCHES: dict[str, tuple[str, ...]] = {
    "EnableToneCurve": (*_names(CURVES, PARAMETRIC_CURVE), "ToneCurveName2012"),
    "EnableColorAdjustments": (*_names(COLOR_MIXER), "PointColors"),
    "EnableGrayscaleMix": ("GrayMixer",),
    "EnableSplitToning": _names(COLOR_GRADING),
    "EnableCalibration": _names(CALIBRATION),
    "EnableEffects": _names(VIGNETTE, GRAIN),
    "EnableDetail": ("Sharp", "LuminanceSmoothing", "LuminanceNoise", "ColorNoise"),
    "EnableLensCorrections": ("LensProfile", "AutoLateralCA", "Defringe"),
    "EnableMaskGroupBasedCorrections": ("MaskGroupBasedCorrections",),
    "EnableGradientBasedCorrections": ("GradientBasedCorrections",),
    "EnableCircularGradientBasedCorrections": ("CircularGradientBasedCorrections",),
    "EnablePaintBasedCorrections": ("PaintBasedCorrections",),
    "EnableRetouch": ("RetouchAreas", "RetouchInfo"),
    "EnableDistractionRemoval": ("RemoveAreas",),
    "EnableRedEye": ("RedEyeInfo",),
}
# Without these Camera Raw sharpens and reduces noise by itself: switched off they are 0.
_AMOUNTS = frozenset(
    (
        *("Sharpness", "LuminanceSmoothing", "ColorNoiseReduction", "LensProfileEnable"),
        *("AutoLateralCA", "DefringePurpleAmount", "DefringeGreenAmount"),
    )
)


def switched_on(old: Mapping[str, str | list[str]], written: Collection[str]) -> dict[str, str]:
    """What is to be switched on, "True", so that fields which are written act.

    old: the fields of the packet that they are written into.
    """
    return {
        switch: "True"
        for switch, names in _SWITCHES.items()
        if _is_off(old.get(switch)) and any(name.startswith(names) for name in written)
    }


def without_switched_off(
    fields: Mapping[str, str | list[str]],
) -> dict[str, str | list[str]]:
    """The fields without those of panels that are switched off; what would act by itself is 0.

    fields: as params.xmp_packet.read_fields gives them.
    """
    off: tuple[str, ...] = ()
    for switch, names in _SWITCHES.items():
        if _is_off(fields.get(switch)):
            off += names
    if not off:
        return dict(fields)
    kept = {name: value for name, value in fields.items() if not name.startswith(off)}
    return kept | {name: "0" for name in fields if name in _AMOUNTS and name not in kept}


def _is_off(value: str | list[str] | None) -> bool:
    return isinstance(value, str) and value.strip().lower() in _OFF
