"""Camera Raw's panels: the sliders of each by their XMP names, with range and neutral value."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from params.ranges import CURVE_NAME, SLIDERS, Slider

BANDS = ("Red", "Orange", "Yellow", "Green", "Aqua", "Blue", "Purple", "Magenta")
PRIMARIES = ("Red", "Green", "Blue")
CURVE_FORMS = ("points", "dense")  # of the tone curve in XMP: 16 points at most, or 256


@dataclass(frozen=True)
class Panel:
    """A panel.

    sliders: what it holds; at their neutral values it changes nothing.
    curves: XMP names of its point curves, (x, y) in 0..255.
    missing: what a file means that has some of the panel's sliders but not this one, where that is
        not the neutral value.
    short: what flags and messages call it, where that is not its name.
    """

    name: str
    sliders: tuple[Slider, ...]
    curves: tuple[str, ...] = ()
    missing: tuple[tuple[str, float], ...] = ()
    short: str = ""

    @property
    def word(self) -> str:
        """What flags and messages call it."""
        return self.short or self.name

    @property
    def neutral(self) -> dict[str, float]:
        return {slider.name: slider.neutral for slider in self.sliders}


def _both_ways(*names: str) -> tuple[Slider, ...]:
    return tuple(Slider(name, -100.0, 100.0, 0.0) for name in names)


def _amounts(*names: str) -> tuple[Slider, ...]:
    return tuple(Slider(name, 0.0, 100.0, 0.0) for name in names)


BASIC = Panel("basic", SLIDERS)
COLOR_MIXER = Panel(
    "color_mixer",
    _both_ways(
        *(
            f"{kind}Adjustment{band}"
            for kind in ("Hue", "Saturation", "Luminance")
            for band in BANDS
        )
    ),
    short="mixer",
)
# The names of shadows and highlights are those of the older split toning.
COLOR_GRADING = Panel(
    "color_grading",
    (
        Slider("SplitToningShadowHue", 0.0, 360.0, 0.0),
        Slider("ColorGradeMidtoneHue", 0.0, 360.0, 0.0),
        Slider("SplitToningHighlightHue", 0.0, 360.0, 0.0),
        Slider("ColorGradeGlobalHue", 0.0, 360.0, 0.0),
        *_amounts(
            "SplitToningShadowSaturation",
            "ColorGradeMidtoneSat",
            "SplitToningHighlightSaturation",
            "ColorGradeGlobalSat",
        ),
        *_both_ways(
            "ColorGradeShadowLum",
            "ColorGradeMidtoneLum",
            "ColorGradeHighlightLum",
            "ColorGradeGlobalLum",
        ),
        Slider("ColorGradeBlending", 0.0, 100.0, 50.0),
        Slider("SplitToningBalance", -100.0, 100.0, 0.0),
    ),
    missing=(("ColorGradeBlending", 100.0),),
    short="grading",
)
# Names of the hue and the saturation of each of its wheels.
GRADING_WHEELS = tuple(
    (hue.name, saturation.name)
    for hue, saturation in zip(COLOR_GRADING.sliders[:4], COLOR_GRADING.sliders[4:8], strict=True)
)
PARAMETRIC_CURVE = Panel(
    "parametric_curve",
    (
        *_both_ways(
            "ParametricShadows", "ParametricDarks", "ParametricLights", "ParametricHighlights"
        ),
        Slider("ParametricShadowSplit", 10.0, 70.0, 25.0),
        Slider("ParametricMidtoneSplit", 20.0, 80.0, 50.0),
        Slider("ParametricHighlightSplit", 30.0, 90.0, 75.0),
    ),
    short="parametric",
)
CALIBRATION = Panel(
    "calibration",
    _both_ways(
        "ShadowTint",
        *(f"{primary}{kind}" for primary in PRIMARIES for kind in ("Hue", "Saturation")),
    ),
)
BLACK_AND_WHITE = Panel(
    "black_and_white",
    (
        Slider("ConvertToGrayscale", 0.0, 1.0, 0.0),
        *_both_ways(*(f"GrayMixer{band}" for band in BANDS)),
    ),
)
DETAIL_PRESENCE = Panel(
    "detail_presence", _both_ways("Texture", "Clarity2012", "Dehaze"), short="presence"
)
VIGNETTE = Panel(
    "vignette",
    (
        *_both_ways("PostCropVignetteAmount"),
        Slider("PostCropVignetteMidpoint", 0.0, 100.0, 50.0),
        Slider("PostCropVignetteFeather", 0.0, 100.0, 50.0),
        Slider("PostCropVignetteRoundness", -100.0, 100.0, 0.0),
        Slider("PostCropVignetteStyle", 1.0, 3.0, 1.0),
        *_amounts("PostCropVignetteHighlightContrast"),
    ),
)
GRAIN = Panel(
    "grain",
    (
        *_amounts("GrainAmount"),
        Slider("GrainSize", 0.0, 100.0, 25.0),
        Slider("GrainFrequency", 0.0, 100.0, 50.0),
    ),
)
CURVES = Panel(
    "curves",
    (Slider("CurveRefineSaturation", 0.0, 100.0, 100.0),),
    curves=("ToneCurvePV2012", *(f"ToneCurvePV2012{primary}" for primary in PRIMARIES)),
)
PANELS = {
    panel.name: panel
    for panel in (
        BASIC,
        COLOR_MIXER,
        COLOR_GRADING,
        PARAMETRIC_CURVE,
        CALIBRATION,
        BLACK_AND_WHITE,
        DETAIL_PRESENCE,
        VIGNETTE,
        GRAIN,
        CURVES,
    )
}
# The curves of a panel that an edit holds by their XMP names; the master curve, which it holds as
# params.ranges.CURVE_NAME; and all as an edit names them.
MASTER_CURVE, *_channels = CURVES.curves
CHANNEL_CURVES = tuple(_channels)
CURVE_NAMES = (CURVE_NAME, *CHANNEL_CURVES)


def panels_of(names: Iterable[str]) -> list[Panel]:
    """The panels of these names. Raises KeyError for one that there isn't."""
    return [PANELS[name] for name in names]


def panel_names(names: Iterable[str]) -> tuple[str, ...]:
    """What an edit may hold of these panels: sliders and channel curves."""
    return (*(slider.name for slider in panel_sliders(names)), *panel_curves(names))


def panel_sliders(names: Iterable[str], among: Container[str] | None = None) -> list[Slider]:
    """All sliders of these panels; with `among` those whose XMP names are in it."""
    sliders = [slider for panel in panels_of(names) for slider in panel.sliders]
    return [slider for slider in sliders if among is None or slider.name in among]


def panel_curves(names: Iterable[str]) -> list[str]:
    """The XMP names of these panels' curves that an edit holds by them: those of channels."""
    return [name for panel in panels_of(names) for name in panel.curves if name in CHANNEL_CURVES]


def moved_panels(params: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """What of an edit's params belongs to these panels and changes a picture.

    Args:
        params: floats, and curves as sequences of values at even places 0..1.
        names: of panels.

    Returns:
        all sliders that the edit holds of each panel with one off neutral, and the channel
        curves that are not straight lines.
    """
    moved: dict[str, Any] = {}
    for panel in panels_of(names):
        held = {s.name: params[s.name] for s in panel.sliders if s.name in params}
        if any(held[s.name] != s.neutral for s in panel.sliders if s.name in held):
            moved |= held
        for name in panel_curves([panel.name]):
            if name in params and not is_straight(params[name]):
                moved[name] = params[name]
    return moved


def is_straight(curve: Any) -> bool:
    """Whether a curve of values at even places 0..1 changes nothing."""
    import numpy as np

    values = np.asarray(curve, dtype=np.float64)
    return bool(np.allclose(values, np.linspace(0.0, 1.0, values.size), rtol=0.0, atol=1e-6))
