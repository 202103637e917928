"""The studio: look at a shoot's predicted edits in the browser, compare, correct, hand over.

It is served on this computer only, at an address with a random token, until Ctrl-C.

Example:
  python run/studio.py shoot/
  python run/studio.py shoot/ --recursive --checkpoint run/Auto_ACR_base_v0.2.pt \\
    --lora-checkpoint outputs/lora/lora_best.pt --preset mine.xmp --output outputs/studio
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.studio_flags import studio_flags, studio_settings


def build_parser() -> argparse.ArgumentParser:
    return Parser(__doc__, [common_flags(), device_flags(), studio_flags()])


def work(args: argparse.Namespace) -> None:
    settings = studio_settings(args)
    from studio.serve import serve

    serve(settings)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
