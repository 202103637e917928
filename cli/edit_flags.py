"""Flags of what is taken of predicted edits: of the commands that predict, and of the studio."""

import argparse

from cli.types import share
from stages.predict.settings import PredictSettings


def add_edit_flags(group: argparse._ArgumentGroup) -> None:
    """--strength, --auto-white-balance and --constants."""
    group.add_argument(
        "--strength",
        type=share,
        default=PredictSettings.strength,
        metavar="0..1",
        help="how much of each edit: 0 is none",
    )
    group.add_argument(
        "--auto-white-balance",
        action="store_true",
        help="auto finds a white balance too, instead of leaving it as shot",
    )
    group.add_argument(
        "--constants",
        action=argparse.BooleanOptionalAction,
        default=PredictSettings.constants,
        help="the values that every edit of the style has, beside the predicted ones",
    )
