"""Take over the edits that a photographer has: the settings that Lightroom and Camera Raw keep.

SOURCE is a folder, a Lightroom Classic catalog (.lrcat; a copy is read, in use or not), a RAW
file or an exported JPEG or TIFF, any of them mixed. Settings are read from catalogs, XMP
sidecars, the files themselves and exports, and become previews, parameter files and lines of
the manifest that training and LoRA take; import_report/ says what was left out, and why. The
last line says how to go on with so many pictures.

Example:
  python scripts/import_edits.py ~/Pictures/Lightroom.lrcat --flag picked --rating 3
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.import_flags import import_flags, import_settings
from cli.look_flags import look_flags

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    return Parser(__doc__, [common_flags(), import_flags(), look_flags()])


def work(args: argparse.Namespace) -> None:
    from dataset.lightroom.advice import next_step, pictures_that_count
    from dataset.lightroom.import_edits import import_edits
    from dataset.manifest import portable_path

    settings = import_settings(args)
    done = import_edits(settings)
    if not settings.dry_run:
        count = pictures_that_count([one.edit for one in done])
        log.info("%s", next_step(count, portable_path(settings.manifest), settings.process))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
