"""How to fit: the settings, and the flags that the fitting commands share."""

import argparse
from dataclasses import dataclass

from cli.command import whole_number
from params.ranges import CURVE_KNOTS
from params.record import PROCESSES
from stages.predict.result_paths import add_cube_flag

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


def fit_flags() -> argparse.ArgumentParser:
    """Parent parser of the fitting commands."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("fit")
    group.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        default=DEFAULT_PROCESS,
        help="edit process: 2, whose sliders follow Camera Raw's, or 1, the published models'",
    )
    group.add_argument(
        "--solver",
        choices=SOLVERS,
        default="lm",
        help="lm: second order, on a sample of pixels, under a second; adam: on all, slow",
    )
    group.add_argument(
        "--steps", type=whole_number(1), default=800, help="steps of --solver adam; lm needs none"
    )
    group.add_argument(
        "--curve-knots",
        type=whole_number(2, 256),
        default=CURVE_KNOTS,
        help="knots of the tone curve",
    )
    group.add_argument(
        "--batch",
        type=whole_number(1),
        default=1,
        help="pictures fitted side by side by --solver lm: for a GPU",
    )
    group.add_argument("--seed", type=whole_number(0), default=0, help="of the sample")
    return parent


def run_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that fit many pictures."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("run")
    group.add_argument(
        "--workers", type=whole_number(1, 256), default=1, help="processes; they share the cores"
    )
    group.add_argument("--overwrite", action="store_true", help="fit again what is done")
    add_cube_flag(group)
    group.add_argument(
        "--debug-previews", action="store_true", help="as shot, fitted and TIFF side by side"
    )
    return parent


def expert_name(text: str) -> str:
    """An argparse type: a name that can be part of a file's."""
    if not text.replace("-", "").replace("_", "").isalnum():
        raise argparse.ArgumentTypeError(f"{text!r}: letters, digits, - and _ only")
    return text
