"""How to fit: the settings, and the flags that the fitting commands share."""

import argparse
from dataclasses import dataclass

from params.ranges import CURVE_KNOTS

SOLVERS = ("lm", "adam")
# Of new fits. Files and checkpoints that name no process are of process 1.
DEFAULT_PROCESS = 2


@dataclass(frozen=True)
class FitSettings:
    """See model.fit.fit."""

    solver: str = "lm"
    steps: int = 800
    knots: int = CURVE_KNOTS
    process: int = DEFAULT_PROCESS
    seed: int = 0
    batch: int = 1
    device: str = "cpu"

    @classmethod
    def from_flags(cls, args: argparse.Namespace, device: str) -> "FitSettings":
        """The settings that fit_flags() asked for."""
        return cls(
            solver=args.solver,
            steps=args.steps,
            knots=args.curve_knots,
            process=args.process,
            seed=args.seed,
            batch=args.batch,
            device=device,
        )
