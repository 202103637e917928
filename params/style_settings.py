"""What belongs to a photographer's style beside the edit, and to no single picture.

Lens corrections, sharpening, noise reduction and the camera profile: nothing here renders them, but
they are the same on most pictures of a style, so that Lightroom gets them back.
"""

from collections.abc import Mapping

from params.unsupported import LONGEST_NAME

STYLE = "style"  # the parameter file's field that holds them
# Kind -> its fields by XMP name. Names of lenses and their profiles' files are the picture's.
STYLE_KINDS: dict[str, tuple[str, ...]] = {
    "lens profile": (
        *("LensProfileEnable", "LensProfileSetup", "LensProfileDistortionScale"),
        *("LensProfileVignettingScale", "LensProfileChromaticAberrationScale"),
    ),
    "chromatic aberration": (
        *("AutoLateralCA", "DefringePurpleAmount", "DefringePurpleHueLo", "DefringePurpleHueHi"),
        *("DefringeGreenAmount", "DefringeGreenHueLo", "DefringeGreenHueHi"),
    ),
    "sharpening": ("Sharpness", "SharpenRadius", "SharpenDetail", "SharpenEdgeMasking"),
    "noise reduction": (
        *("LuminanceSmoothing", "LuminanceNoiseReductionDetail"),
        *("LuminanceNoiseReductionContrast", "ColorNoiseReduction"),
        *("ColorNoiseReductionDetail", "ColorNoiseReductionSmoothness"),
    ),
    "camera profile": ("CameraProfile", "CameraProfileDigest"),
    "process version": ("Version", "ProcessVersion"),
}
STYLE_FIELDS = tuple(name for names in STYLE_KINDS.values() for name in names)
_SWITCHED = {"true": "1", "false": "0"}  # a catalog's words for what XMP writes as a number


def style_of(fields: Mapping[str, str | list[str]]) -> dict[str, str]:
    """The fields of a style that are there, as Camera Raw writes them in XMP.

    fields: as params.panel_switches.without_switched_off gives them.
    """
    texts = {name: fields.get(name) for name in STYLE_FIELDS}
    return {
        name: _SWITCHED.get(text.strip().lower(), text.strip())
        for name, text in texts.items()
        if isinstance(text, str) and 0 < len(text.strip()) <= LONGEST_NAME
    }


def corrects_lens(style: Mapping[str, str]) -> bool:
    """Whether a style has the lens profile switched on."""
    return style.get("LensProfileEnable") == "1"
