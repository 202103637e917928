"""How to fit a pair. No torch here: commands check their flags with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from params.checks import check_range
from params.edit_process import DEFAULT_PROCESS, PROCESS_2, edit_process
from params.files import InputError
from params.outputs import BASIC, panel_named
from params.panels import (
    CALIBRATION,
    COLOR_GRADING,
    COLOR_MIXER,
    PANELS,
    PARAMETRIC_CURVE,
    Panel,
)
from params.ranges import CURVE_KNOTS

# Levenberg-Marquardt on a sample of pixels, or Adam on all.
SOLVERS = ("lm", "adam")
# Panels whose sliders a fit can find beside the basic ones, by their words.
FITTED_PANELS = {
    panel.word: panel for panel in (COLOR_MIXER, COLOR_GRADING, PARAMETRIC_CURVE, CALIBRATION)
}
BASIC_SLIDERS = (BASIC,)
MOST_PLAUSIBLE = 1000.0


@dataclass(frozen=True)
class FitOptions:
    """What model.fit.fit does.

    process: number of the edit process.
    masks: its regional masks, see params.edit_process.MASKS. Only Adam fits centred ones: their
        means are of all pixels, and change with the edit.
    knots: of the tone curve, 2 and more.
    solver: of SOLVERS.
    steps: Adam's.
    seed: of the sample that lm looks at. The same seed gives the same fit.
    device: where torch computes: "auto", "cpu", "cuda" or "mps".
    sliders: panels whose sliders move beside the basic ones, which always do: of FITTED_PANELS,
        by words or names. "basic" may be among them.
    plausible: how much weight lm gives to what photographers do, against coming near the picture:
        0 is none, 1 the usual. Process 1 knows no such weight.
    recipe: an edit (params in Camera Raw's units) that the pairs' edits are taken to be a little
        off: its curves are drawn, its white balance stays where it is as shot. For lm and process
        2.

    Raises:
        InputError: masks, panels or plausible that can't be fitted so, plausible out of 0..1000.
        ValueError: no such solver or edit process.
    """

    process: int = DEFAULT_PROCESS
    masks: str = "plain"
    knots: int = CURVE_KNOTS
    solver: str = "lm"
    steps: int = 800
    seed: int = 0
    device: str = "cpu"
    sliders: tuple[str, ...] = BASIC_SLIDERS
    plausible: float = 1.0
    recipe: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise ValueError(f"solver is {self.solver!r}, neither lm nor adam")
        possible = edit_process(self.process).masks[: 1 if self.solver == "lm" else None]
        if self.masks not in possible:
            raise InputError(
                f"{self.masks} masks can't be fitted in edit process {self.process} by "
                f"{self.solver}: centred masks take process 1 and solver adam"
            )
        check_range("plausible", self.plausible, 0.0, MOST_PLAUSIBLE)
        fitted_panels(self.sliders, self.process)
        if self.plausible != FitOptions.plausible and self.process != PROCESS_2.number:
            raise InputError("plausible is for edit process 2: process 1 knows no such weight")
        if self.recipe is not None and (self.solver != "lm" or self.process != PROCESS_2.number):
            raise InputError("recipes are for solver lm and edit process 2")

    def as_json(self) -> dict[str, Any]:
        """What a parameter file tells of them; `sliders` as a list in one order and spelling."""
        panels = fitted_panels(self.sliders, self.process)
        return {
            "sliders": [BASIC, *(name for name, p in FITTED_PANELS.items() if p in panels)],
            "plausible": self.plausible,
            "consistent": self.recipe is not None,
        }


def fitted_panels(sliders: Sequence[str], process: int) -> tuple[Panel, ...]:
    """The panels of these words or names but for the basic one, in the order of FITTED_PANELS.

    Raises:
        InputError: there is no such panel to fit in this process.
    """
    if isinstance(sliders, str):  # it would be taken letter by letter
        raise InputError(f"sliders is {sliders!r}, not a list of panels")
    holds = edit_process(process).panels
    found = set()
    for word in sliders:
        try:
            name = panel_named(word)
        except ValueError as error:
            raise InputError(f"sliders: {error}") from error
        if name == BASIC:
            continue
        if PANELS[name] not in FITTED_PANELS.values():
            known = ", ".join((BASIC, *FITTED_PANELS))
            raise InputError(f"sliders has {word!r}; a fit finds those of: {known}")
        if name not in holds:
            raise InputError(f"sliders has {word!r}, which edit process {process} does not have")
        found.add(name)
    return tuple(panel for panel in FITTED_PANELS.values() if panel.name in found)
