"""Camera Raw's panels as the page shows them: order, words, units and steps, in one place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from params.edit_process import edit_process
from params.panels import (
    BANDS,
    CURVES,
    MASTER_CURVE,
    PANELS,
    PRIMARIES,
    panel_names,
    panel_sliders,
)
from params.ranges import CURVE_NAME, SLIDERS, Slider, decimals
from params.white_balance import WHITE

# Which of a slider's values are words.
CHOICES: dict[str, tuple[tuple[float, str], ...]] = {
    "ConvertToGrayscale": ((0.0, "Color"), (1.0, "Black & White")),
    "PostCropVignetteStyle": (
        (1.0, "Highlight Priority"),
        (2.0, "Color Priority"),
        (3.0, "Paint Overlay"),
    ),
}
_STEPS = {"Temperature": 50.0, "Exposure2012": 0.05}
_UNITS = {"Temperature": "K", "Exposure2012": "EV"}
_KINDS = ("Hue", "Saturation", "Luminance")
_RANGES = ("Shadow", "Midtone", "Highlight", "Global")
_WORDS = {
    **{"Exposure2012": "Exposure", "Contrast2012": "Contrast", "Highlights2012": "Highlights"},
    **{"Shadows2012": "Shadows", "Whites2012": "Whites", "Blacks2012": "Blacks"},
    "Clarity2012": "Clarity",
    **{f"{kind}Adjustment{band}": f"{band} {kind}" for kind in _KINDS for band in BANDS},
    **{f"GrayMixer{band}": f"{band} Luminance" for band in BANDS},
    **{f"{primary}{kind}": f"{primary} {kind}" for primary in PRIMARIES for kind in _KINDS[:2]},
    "ShadowTint": "Shadow Tint",
    **{"SplitToningShadowHue": "Shadow Hue", "SplitToningHighlightHue": "Highlight Hue"},
    "SplitToningShadowSaturation": "Shadow Saturation",
    "SplitToningHighlightSaturation": "Highlight Saturation",
    **{f"ColorGrade{part}Hue": f"{part} Hue" for part in _RANGES},
    **{f"ColorGrade{part}Sat": f"{part} Saturation" for part in _RANGES},
    **{f"ColorGrade{part}Lum": f"{part} Luminance" for part in _RANGES},
    **{"ColorGradeBlending": "Blending", "SplitToningBalance": "Balance"},
    **{f"Parametric{part}": part for part in ("Shadows", "Darks", "Lights", "Highlights")},
    **{f"Parametric{part}Split": f"{part} Split" for part in ("Shadow", "Midtone", "Highlight")},
    "CurveRefineSaturation": "Refine Saturation",
    "ConvertToGrayscale": "Treatment",
    **{f"PostCropVignette{part}": f"Vignette {part}" for part in ("Amount", "Midpoint")},
    **{f"PostCropVignette{part}": f"Vignette {part}" for part in ("Feather", "Roundness")},
    "PostCropVignetteStyle": "Vignette Style",
    "PostCropVignetteHighlightContrast": "Vignette Highlights",
    **{"GrainAmount": "Grain Amount", "GrainSize": "Grain Size"},
    "GrainFrequency": "Grain Roughness",
}
_LIGHT = tuple(s.name for s in SLIDERS if s.name.endswith("2012"))


@dataclass(frozen=True)
class ShownPanel:
    """A panel of the page: the XMP names of its sliders, and whether the curves are in it."""

    name: str
    title: str
    sliders: tuple[str, ...]
    curves: bool = False


def _of(*names: str) -> tuple[str, ...]:
    return tuple(slider.name for slider in panel_sliders(names))


SHOWN = (
    ShownPanel("light", "Light", _LIGHT),
    ShownPanel("color", "Color", (*WHITE, "Vibrance", "Saturation")),
    ShownPanel("effects", "Effects", _of("detail_presence", "vignette", "grain")),
    ShownPanel("curve", "Curve", _of("parametric_curve", "curves"), curves=True),
    ShownPanel("mixer", "Color Mixer", _of("color_mixer")),
    ShownPanel("grading", "Color Grading", _of("color_grading")),
    ShownPanel("black_and_white", "Black & White", _of("black_and_white")),
    ShownPanel("calibration", "Calibration", _of("calibration")),
)
CURVE_LABELS = {
    MASTER_CURVE: "Point Curve",
    **{f"{MASTER_CURVE}{primary}": primary for primary in PRIMARIES},
}
# As an edit names its curves, by the XMP name that the page uses.
HELD_CURVES = {name: CURVE_NAME if name == MASTER_CURVE else name for name in CURVES.curves}
_ALL = {slider.name: slider for panel in PANELS.values() for slider in panel.sliders}


def slider_named(name: str) -> Slider:
    """The slider of an XMP name. Raises KeyError where there is none."""
    return _ALL[name]


def panel_of(name: str) -> str:
    """The panel of params.panels that a slider or curve (as an edit names it) belongs to."""
    if name == CURVE_NAME:
        return "basic"
    return next(panel for panel in PANELS if name in panel_names([panel]))


def held_names(process: int) -> frozenset[str]:
    """What edits of a process hold: sliders and curves, as an edit names them."""
    panels = edit_process(process).panels
    return frozenset((CURVE_NAME, *_of("basic"), *panel_names(panels)))


def panels_json(process: int) -> list[dict[str, Any]]:
    """The panels that a process has, for the page."""
    held = held_names(process)
    return [
        {
            "name": panel.name,
            "title": panel.title,
            "curves": panel.curves,
            "sliders": [_slider_json(name) for name in panel.sliders if name in held],
        }
        for panel in SHOWN
        if held.intersection(panel.sliders)
    ]


def curves_json(process: int) -> list[dict[str, str]]:
    """The curves that a process has, for the page."""
    held = held_names(process)
    return [
        {"name": name, "label": CURVE_LABELS[name]}
        for name, own in HELD_CURVES.items()
        if own in held
    ]


def names_of_panels(panels: Iterable[str]) -> set[str]:
    """Sliders and curves, as an edit names them, of shown panels.

    Raises:
        KeyError: there is no such panel.
    """
    shown = {panel.name: panel for panel in SHOWN}
    found: set[str] = set()
    for name in panels:
        found |= set(shown[name].sliders)
        if shown[name].curves:
            found |= set(HELD_CURVES.values())
    return found


def label(name: str) -> str:
    """What the page calls a slider or curve."""
    return CURVE_LABELS.get(name) or _WORDS.get(name, name)


def _slider_json(name: str) -> dict[str, Any]:
    slider = slider_named(name)
    shown: dict[str, Any] = {
        "name": name,
        "label": label(name),
        "low": slider.low,
        "high": slider.high,
        "step": _STEPS.get(name, 1.0),
        # Of white balance: as shot, which each picture tells.
        "neutral": None if name in WHITE else slider.neutral,
        "unit": _UNITS.get(name, ""),
        "decimals": decimals(name),
    }
    if name in CHOICES:
        shown["choices"] = [[value, word] for value, word in CHOICES[name]]
    return shown
