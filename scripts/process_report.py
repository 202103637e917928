"""Show what the sliders of the edit processes do, beside what others measured in Lightroom.

Prints for every measured slider and setting how far process 1 and process 2 are from the
measurements, and draws the responses as a PNG. With --readings, what Camera Raw made of the
colours of a chart instead: how far process 2 is from it, and what another project publishes of its
own; the picture has patches before and after the edit, and Camera Raw's.

Example:
  python scripts/process_report.py --out docs/process-2.png
  python scripts/process_report.py --readings --out docs/camera-raw.png
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("--out", type=Path, help="PNG to draw; without it only the table")
    parser.add_argument(
        "--readings", action="store_true", help="mean ΔE00 to Camera Raw's renders of a chart"
    )
    return parser


def work(args: argparse.Namespace) -> None:
    if args.readings:
        print_readings()
        if args.out is not None:
            from report.readings_picture import draw_readings

            draw_readings(args.out)
            log.info("%s written", args.out)
        return
    from report.slider_responses import (
        PATCH,
        SURROUNDS,
        draw_responses,
        patch_stops,
        responses,
    )

    found = responses()
    print("L* missed over L* 5 to 95    process 1: mean  worst    process 2: mean  worst")
    for response in found:
        (mean_1, worst_1), (mean_2, worst_2) = (
            response.misses(response.process_1),
            response.misses(response.process_2),
        )
        name = f"{response.slider.removesuffix('2012')} {response.setting:+g}"
        print(f"{name:28s}{mean_1:15.2f}{worst_1:7.2f}{mean_2:19.2f}{worst_2:7.2f}")
    print("\nStops that an 18 % patch moves on surrounds of")
    print(" " * 28 + "".join(f"{100 * surround:8g}%" for surround in SURROUNDS))
    for (slider, setting), wanted in PATCH.items():
        name = f"{slider.removesuffix('2012')} {setting:+g}"
        moved = patch_stops(slider, setting)
        print(f"{name + ' measured':28s}" + "".join(f"{stop:9.2f}" for stop in wanted))
        print(f"{name + ' process 2':28s}" + "".join(f"{stop:9.2f}" for stop in moved))
    if args.out is not None:
        draw_responses(args.out, found)
        log.info("%s written", args.out)


def print_readings() -> None:
    """The table of --readings, and its means."""
    from report.readings_table import rows

    found = rows()
    print(f"{'mean dE00 to Camera Raw':44s}{'process 2':>10s}{'peer':>7s}")
    for row in found:
        print(f"{row.case:44s}{row.process_2:10.2f}{row.peer:7.2f}")
    count = len(found)
    means = sum(row.process_2 for row in found) / count, sum(row.peer for row in found) / count
    print(f"{f'mean of {count}':44s}{means[0]:10.2f}{means[1]:7.2f}")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
