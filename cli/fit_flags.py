"""Flags of the commands that fit, and the settings they ask for."""

import argparse

from cli.output_flags import add_cube_flag
from cli.types import panels, real, whole_number, wrong_call
from cli.where_flags import where_flags
from model.fit_options import FITTED_PANELS, MOST_PLAUSIBLE, SOLVERS
from params.edit_process import MASKS, PROCESSES
from stages.fit.settings import Exports, FitSettings


def fit_flags() -> argparse.ArgumentParser:
    """Parent parser of the fitting commands."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("fit")
    group.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        default=FitSettings.process,
        help="edit process: 2, whose sliders follow Camera Raw's, or 1, the published models'",
    )
    group.add_argument(
        "--masks",
        choices=MASKS,
        default=FitSettings.masks,
        help="regional masks of process 1; centred ones take --process 1 --solver adam",
    )
    group.add_argument(
        "--solver",
        choices=SOLVERS,
        default=FitSettings.solver,
        help="lm: second order, on a sample of pixels, under a second; adam: on all, slow",
    )
    group.add_argument(
        "--steps",
        type=whole_number(1),
        default=FitSettings.steps,
        help="steps of --solver adam; lm needs none",
    )
    group.add_argument(
        "--curve-knots",
        type=whole_number(2, 256),
        default=FitSettings.knots,
        help="knots of the tone curve",
    )
    group.add_argument(
        "--sliders",
        type=panels,
        default=FitSettings.sliders,
        metavar="PANEL,...",
        help="panels whose sliders move beside the basic ones: any of "
        f"{', '.join(FITTED_PANELS)} (process 2), or basic for no other",
    )
    group.add_argument(
        "--plausible",
        type=real(0.0, MOST_PLAUSIBLE),
        default=FitSettings.plausible,
        metavar="WEIGHT",
        help="of what photographers do, in process 2: 1 is usual, 0 the nearest picture at any "
        "price",
    )
    group.add_argument(
        "--batch",
        type=whole_number(1),
        default=FitSettings.batch,
        help="pictures fitted side by side by --solver lm: for a GPU",
    )
    group.add_argument(
        "--seed", type=whole_number(0), default=FitSettings.seed, help="of the sample"
    )
    return parent


def run_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that fit many pictures."""
    parent = argparse.ArgumentParser(add_help=False, parents=[where_flags()])
    group = parent.add_argument_group("run")
    group.add_argument(
        "--workers",
        type=whole_number(1, 256),
        default=FitSettings.workers,
        help="processes; they share the cores",
    )
    group.add_argument("--overwrite", action="store_true", help="fit again what is done")
    group.add_argument(
        "--consistent",
        action="store_true",
        help="fit each photographer's pictures as one recipe with small differences (process 2)",
    )
    add_cube_flag(group)
    group.add_argument(
        "--debug-previews", action="store_true", help="unedited, fitted and TIFF side by side"
    )
    return parent


def fit_settings(args: argparse.Namespace, exports: Exports) -> FitSettings:
    """The settings that fit_flags(), run_flags() and device_flags() ask for.

    Raises:
        InputError: this machine has no such device.
        WrongCallError: values that don't go together.
    """
    from model.device import device_name

    with wrong_call():
        return FitSettings(
            solver=args.solver,
            steps=args.steps,
            knots=args.curve_knots,
            process=args.process,
            masks=args.masks,
            seed=args.seed,
            sliders=args.sliders,
            plausible=args.plausible,
            consistent=args.consistent,
            batch=args.batch,
            # A cluster's workers look for themselves what there is.
            device=args.device if args.cluster else device_name(args.device),
            workers=args.workers,
            cluster=args.cluster,
            shard=args.shard,
            overwrite=args.overwrite,
            debug=args.debug,
            exports=exports,
        )
