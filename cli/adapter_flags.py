"""LoRA adapters as a command line names them: FILE, or FILE:WEIGHT."""

import argparse
import math
from pathlib import Path

from model.adapter import Adapter


def adapter(text: str) -> Adapter:
    """An argparse type: a.pt, a.pt:0.7.

    A colon belongs to the name when such a file exists, or when what follows is no number, as in
    C:\\a.pt.
    """
    name, colon, tail = text.rpartition(":")
    if not (name and colon) or Path(text).exists():
        return Adapter(Path(text))
    try:
        weight = float(tail)
    except ValueError:
        return Adapter(Path(text))
    if not math.isfinite(weight):
        raise argparse.ArgumentTypeError(f"{text!r}: the weight is not a finite number")
    return Adapter(Path(name), weight)


def adapter_flags(*, required: bool = False) -> argparse.ArgumentParser:
    """Parent parser of commands that put adapters onto a checkpoint."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("LoRA")
    group.add_argument(
        "--lora-checkpoint",
        type=adapter,
        nargs="+",
        required=required,
        default=[],
        metavar="FILE[:WEIGHT]",
        help="LoRA adapters to apply, each wholly or by its weight: a.pt:0.7 b.pt:0.3",
    )
    group.add_argument(
        "--force-lora", action="store_true", help="take an adapter trained on another base"
    )
    return parent
