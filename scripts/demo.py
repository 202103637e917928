"""Auto, fit, train, predict, render and compare the pictures in samples/.

Runs the project's own commands, each printed before it runs, and leaves a contact sheet. The
model sees two pictures for a few steps: it shows that everything runs, not how good it gets.

Example:
  python scripts/demo.py --output outputs/demo
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from params.files import REPO_ROOT
from scripts.walkthrough import call, step

log = logging.getLogger(__name__)

BACKBONE = "resnet10t"


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument(
        "--samples",
        type=Path,
        default=REPO_ROOT / "samples",
        help="folder with RAW files in raw/ and their TIFFs in edited/",
    )
    parser.add_argument(
        "--output", type=Path, default=REPO_ROOT / "outputs" / "demo", help="folder to write to"
    )
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.manifest import read_manifest

    device = ["--device", args.device]
    manifest = args.output / "dataset_manifest.jsonl"
    checkpoints = args.output / "checkpoints"
    best = checkpoints / "best.pt"
    step("1. Auto: an edit at once, without a model")
    call(
        "run/predict_and_render.py",
        "--input",
        args.samples / "raw",
        "--batch",
        "--overwrite",
        "--output",
        args.output / "auto",
        "--srgb-output",
        "--export-json",
        "--contact-sheet",
        *device,
    )
    step("2. Fit: which sliders turn the RAW into the edited TIFF?")
    call("scripts/fivek_tif_to_xmp.py", "--root", args.samples, "--output", args.output, *device)
    step("3. Train a small model to predict those sliders from a preview")
    call(
        "run/train_autopilot.py",
        "--manifest",
        manifest,
        "--val-split",
        "training",
        "--use-edit-layer",
        "--edit-resolution",
        256,
        "--backbone",
        BACKBONE,
        "--epochs",
        15,
        "--batch-size",
        2,
        "--workers",
        0,
        "--save-frequency",
        15,
        "--cache",
        args.output / "cache",
        "--output",
        checkpoints,
        *device,
    )
    step("4. Predict and render: XMP, JSON, 16-bit ProPhoto TIFF, sRGB JPEG")
    call(
        "run/predict_and_render.py",
        "--checkpoint",
        best,
        "--input",
        args.samples / "raw",
        "--batch",
        "--overwrite",
        "--output",
        args.output / "rendered",
        "--srgb-output",
        "--export-json",
        "--export-preview",
        "--contact-sheet",
        *device,
    )
    sheet = args.output / "contact_sheet.png"
    _write_sheet(sheet, read_manifest(manifest), args.output)
    log.info("\nDone. Look at %s", sheet)
    log.info("  auto:     %s/*.tif, *.jpg, xmps, data", args.output / "auto")
    log.info("  fitted:   %s/xmps, data, preview", args.output)
    log.info("  rendered: %s/*.tif, *.jpg, xmps, data", args.output / "rendered")
    log.info("  a page:   %s/contact_sheet.html", args.output / "rendered")


def _write_sheet(path: Path, entries: Sequence, output: Path) -> None:
    """As shot, auto, expert, fitted and predicted, with their ΔE00 to the expert's picture."""
    from dataset.pairs import pair_of
    from imaging.metrics import difference
    from imaging.raw_picture import RawPicture
    from model.render import render_record
    from params.record import read_record
    from report.picture_grid import write_grid
    from stages.fit.fit_pair import FIT_LONG_SIDE

    rows = []
    for entry in entries:
        fit_record = read_record(entry.path("data"))
        with RawPicture(entry.path("raw")) as raw:
            pair = pair_of(raw, entry.path("tif"), FIT_LONG_SIDE, fit_record.process)
            shot = raw.shot
        edits = {
            "auto": read_record(output / "auto" / "data" / f"{entry.id}.json"),
            "fitted": fit_record,
            "predicted": read_record(output / "rendered" / "data" / f"{entry.id}.json"),
        }
        row = [("as shot", pair.raw)]
        row += [(name, render_record(pair.raw, e, shot=shot)) for name, e in edits.items()]
        cells = []
        for name, picture in row:
            error = difference(picture, pair.target).delta_e
            cells.append((f"{name}\ndE00 to the expert {error:.2f}", picture))
        rows.append([*cells[:2], (f"{entry.id}: expert", pair.target), *cells[2:]])
    write_grid(path, rows, title="Auto ACR demo: a model trained on these two pictures only")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
