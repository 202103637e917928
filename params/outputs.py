"""What a model predicts of an edit beside the ten basic sliders and the tone curve.

A style's own: sliders of panels that vary from picture to picture are predicted; those that nearly
every picture has at one value are constants of the style; the rest stays neutral.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from params.panels import (
    CURVE_NAMES,
    CURVES,
    GRADING_WHEELS,
    PANELS,
    panel_curves,
    panel_sliders,
)
from params.ranges import CURVE_NAME, SLIDER_NAMES, Slider

AUTO = "auto"  # instead of panels: all of which a style makes use
# Hues, 0 and 360 the same: each with the slider without which it does nothing.
HUES = dict(GRADING_WHEELS)
# Sliders that do nothing while another one is neutral.
PARENTS = {
    **HUES,
    **{
        f"PostCropVignette{name}": "PostCropVignetteAmount"
        for name in ("Midpoint", "Feather", "Roundness", "Style", "HighlightContrast")
    },
    **dict.fromkeys(("GrainSize", "GrainFrequency"), "GrainAmount"),
    **{
        slider.name: "ConvertToGrayscale"
        for slider in PANELS["black_and_white"].sliders
        if slider.name != "ConvertToGrayscale"
    },
}
# How a panel acts, by panel: nothing while its other sliders are neutral.
_WAYS = {
    "color_grading": ("ColorGradeBlending", "SplitToningBalance"),
    "parametric_curve": tuple(
        f"Parametric{name}Split" for name in ("Shadow", "Midtone", "Highlight")
    ),
}
# Of which sliders one must be moved, off 0, for a slider to do anything.
NEEDED = {
    **{name: (parent,) for name, parent in PARENTS.items()},
    **{
        way: tuple(
            slider.name
            for slider in PANELS[panel].sliders
            if slider.name not in PARENTS and slider.name not in ways
        )
        for panel, ways in _WAYS.items()
        for way in ways
    },
}
# A slider as it is named here, without those of the basic panel.
PANEL_SLIDERS = {
    slider.name: slider for slider in panel_sliders(PANELS) if slider.name not in SLIDER_NAMES
}
BASIC = "basic"
# Whole numbers by their meaning, which have no middle: a switch, and one of three ways.
WHOLE = ("ConvertToGrayscale", "PostCropVignetteStyle")
# How something is done, not how much: hues, places, sizes, ways, and switches; a mix of greys has
# a share.
KEPT = frozenset((*NEEDED, *WHOLE, *(slider.name for slider in CURVES.sliders))) - frozenset(
    slider.name for slider in PANELS["black_and_white"].sliders if slider.name not in WHOLE
)


@dataclass(frozen=True)
class Outputs:
    """What a model predicts beside the basic sliders and the tone curve, and a style's constants.

    sliders: of panels, in the order of params.panels.
    gated: those of them that most pictures leave neutral: whether one is moved is predicted too.
    curves: channel curves, by their XMP names.
    one_curve: the channel curves are one and the same.
    free_curve: the tone curve may fall and need not end at 0 and 1.
    constants: sliders of panels, and channel curves as lists, that every edit of the style has.
    """

    sliders: tuple[str, ...] = ()
    gated: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    one_curve: bool = False
    free_curve: bool = False
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicted(self) -> tuple[str, ...]:
        """All names that a model gives a value of its own for each picture."""
        return (*SLIDER_NAMES, CURVE_NAME, *self.sliders, *self.curves)

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels that edits hold: the basic one, and those of outputs and constants."""
        return (BASIC, *panels_holding((*self.sliders, *self.curves, *self.constants)))

    def without_constants(self) -> "Outputs":
        return Outputs(self.sliders, self.gated, self.curves, self.one_curve, self.free_curve)


BASIC_OUTPUTS = Outputs()  # those of the published checkpoints


def panels_holding(names: Container[str]) -> tuple[str, ...]:
    """The panels, other than the basic one, that have one of these sliders or channel curves."""
    return tuple(
        panel.name
        for panel in PANELS.values()
        if panel.name != BASIC
        and any(n in names for n in (*panel.neutral, *panel_curves([panel.name])))
    )


def panel_named(word: str) -> str:
    """The panel that a word stands for: its word or name, or a part of no other's name.

    Raises:
        ValueError: none, or several.
    """
    word = word.strip().lower().replace("-", "_").replace("colour", "color")
    found = [panel.name for panel in PANELS.values() if word in (panel.word, panel.name)]
    found = found or [name for name in PANELS if word in name.split("_")]
    if len(found) != 1:
        why = f"could be {panel_words(found)}" if found else f"is none of {panel_words(PANELS)}"
        raise ValueError(f"panel {word[:60]!r} {why}")
    return found[0]


def panel_words(names: Iterable[str]) -> str:
    """Panels in a message, by the words that flags take."""
    return ", ".join(PANELS[name].word for name in names)


def held_sliders(names: Container[str]) -> list[Slider]:
    """The sliders, basic ones first, whose names are among these."""
    return panel_sliders(PANELS, names)


def held_curves(names: Iterable[str]) -> list[str]:
    """The curves, the tone curve first, whose names are among these."""
    there = set(names)
    return [name for name in CURVE_NAMES if name in there]


def panel_of(name: str) -> str:
    """The panel of a slider or channel curve; the tone curve's is that of curves."""
    if name in CURVE_NAMES:
        return CURVES.name
    return next(panel.name for panel in PANELS.values() if name in panel.neutral)


def panels_asked(sliders: str) -> list[str] | None:
    """The panels of a flag: "auto" (None: all), "basic" (none beside it), or panels with commas.

    Raises:
        ValueError: a word that is no panel, or could be several.
    """
    if sliders == AUTO:
        return None
    return [name for word in sliders.split(",") if (name := panel_named(word)) != BASIC]
