"""How to fit a pair. No torch here: commands check their flags with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from params.checks import check_range
from params.edit_process import DEFAULT_PROCESS, PROCESS_2, edit_process
from params.files import InputError
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
# Panels whose sliders a fit can find beside the basic ones, by short names.
FITTED_PANELS = {
    "mixer": COLOR_MIXER,
    "grading": COLOR_GRADING,
    "parametric": PARAMETRIC_CURVE,
    "calibration": CALIBRATION,
}
BASIC_SLIDERS = ("basic",)
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
    sliders: panels whose sliders move: "basic", and beside it names of FITTED_PANELS or of
        params.panels.PANELS.
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
            "sliders": ["basic", *(name for name, p in FITTED_PANELS.items() if p in panels)],
            "plausible": self.plausible,
            "consistent": self.recipe is not None,
        }


def fitted_panels(sliders: Sequence[str], process: int) -> tuple[Panel, ...]:
    """The panels of these names but for the basic one, in the order of FITTED_PANELS.

    Raises:
        InputError: "basic" is missing, or there is no such panel to fit in this process.
    """
    if isinstance(sliders, str) or "basic" not in sliders:
        raise InputError(f"sliders is {sliders!r}: the basic ones are always among them")
    holds = edit_process(process).panels
    found = set()
    for name in sliders:
        panel = FITTED_PANELS.get(name, PANELS.get(name))
        if name == "basic":
            continue
        if panel not in FITTED_PANELS.values() or panel is None:
            known = ", ".join(("basic", *FITTED_PANELS))
            raise InputError(f"sliders has {name!r}; a fit finds those of: {known}")
        if panel.name not in holds:
            raise InputError(f"sliders has {name!r}, which edit process {process} does not have")
        found.add(panel.name)
    return tuple(panel for panel in FITTED_PANELS.values() if panel.name in found)
