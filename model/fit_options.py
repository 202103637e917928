"""How to fit a pair. No torch here: commands check their flags with it."""

from dataclasses import dataclass

from params.edit_process import edit_process
from params.files import InputError
from params.ranges import CURVE_KNOTS

# Levenberg-Marquardt on a sample of pixels, or Adam on all.
SOLVERS = ("lm", "adam")


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
    device: where torch computes.

    Raises:
        InputError: masks that can't be fitted so.
        ValueError: no such solver or edit process.
    """

    process: int = 1
    masks: str = "plain"
    knots: int = CURVE_KNOTS
    solver: str = "lm"
    steps: int = 800
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise ValueError(f"solver is {self.solver!r}, neither lm nor adam")
        possible = edit_process(self.process).masks[: 1 if self.solver == "lm" else None]
        if self.masks not in possible:
            raise InputError(
                f"{self.masks} masks can't be fitted in edit process {self.process} by "
                f"{self.solver}: centred masks take process 1 and solver adam"
            )
