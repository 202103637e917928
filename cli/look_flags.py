"""Flags of the commands that render looks: where the user's own profiles lie."""

import argparse
from pathlib import Path


def look_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that render settings with a creative look."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument_group("looks").add_argument(
        "--profiles",
        type=folder,
        nargs="+",
        action="extend",
        default=[],
        metavar="FOLDER",
        help="look profiles (.xmp) of your own, with all folders in there; Camera Raw's usual "
        "folders are looked into after these",
    )
    return parent


def folder(text: str) -> Path:
    """An argparse type: a folder that there is."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return Path(text)
