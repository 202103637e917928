"""How to fit: the settings, and the flags that the fitting commands share."""

import argparse
from dataclasses import dataclass

from model.fit_options import FitOptions
from params.edit_process import DEFAULT_PROCESS
from params.ranges import CURVE_KNOTS


@dataclass(frozen=True)
class FitSettings:
    """See model.fit_options. Raises InputError for masks that can't be fitted so."""

    solver: str = "lm"
    steps: int = 800
    knots: int = CURVE_KNOTS
    process: int = DEFAULT_PROCESS
    masks: str = "plain"
    seed: int = 0
    batch: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        self.options()

    def options(self) -> FitOptions:
        """What model.fit.fit does with each picture."""
        return FitOptions(
            process=self.process,
            masks=self.masks,
            knots=self.knots,
            solver=self.solver,
            steps=self.steps,
            seed=self.seed,
            device=self.device,
        )

    @classmethod
    def from_flags(cls, args: argparse.Namespace, device: str) -> "FitSettings":
        """The settings that fit_flags() asked for."""
        return cls(
            solver=args.solver,
            steps=args.steps,
            knots=args.curve_knots,
            process=args.process,
            masks=args.masks,
            seed=args.seed,
            batch=args.batch,
            device=device,
        )
