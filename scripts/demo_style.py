"""Teach a model a photographer's style: import edits, train, fine-tune, write sidecars back.

The photographer is made up: a folder of simulated RAW files with sidecars as Lightroom leaves
them. A small base is trained on two other made-up styles, fine-tuned to this one, and applied to
pictures it has not seen; what their sidecars hold besides is kept, and the old file too.

Example:
  python scripts/demo_style.py --output outputs/demo-style
"""

import argparse
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from params.files import REPO_ROOT, replacing, write_text
from scripts.walkthrough import call, step

if TYPE_CHECKING:
    from dataset.manifest import Entry

log = logging.getLogger(__name__)

STYLE, OTHERS = "golden", ("airy", "moody")
BACKBONE, IMAGE_SIZE = "test_vit", 128  # small enough for two cores and a minute
MOST_SHOWN = 4
# What the photographer has beside a picture that is not edited yet: stars, a keyword, sharpening.
_OWN = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmp:Rating="4" crs:Sharpness="55">
<dc:subject><rdf:Bag><rdf:li>keep me</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>
"""


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument(
        "--output", type=Path, default=REPO_ROOT / "outputs" / "demo-style", help="folder to write"
    )
    parser.add_argument("--pictures", type=whole_number(6), default=60, help="RAW files to make")
    parser.add_argument("--epochs", type=whole_number(1), default=30, help="of either training")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.synthetic.make_set import Recipe, make_set

    out, device = args.output, ("--device", args.device)
    training = (
        *("--epochs", args.epochs, "--save-frequency", args.epochs, "--workers", 0),
        *("--cache", out / "cache", *device),
    )
    step("1. A photographer's folder: RAW files and the sidecars that Lightroom left beside them")
    made = make_set(Recipe(args.pictures, (STYLE,), seed=1), out / "made")
    _write_shoot(made, out / "shoot")
    _write_fresh(made, out / "new")
    step("2. Import: the settings are the parameters, nothing is fitted")
    manifest = out / "dataset_manifest.jsonl"
    call("scripts/import_edits.py", out / "shoot", "--manifest", manifest)
    step(f"3. A small base for edit process 2, from two other styles: {', '.join(OTHERS)}")
    others = make_set(Recipe(args.pictures, OTHERS), out / "others")
    log.info("%d edits", len(others))
    call(
        *("run/train_autopilot.py", "--manifest", out / "others" / "dataset_manifest.jsonl"),
        *("--process", 2, "--backbone", BACKBONE, "--image-size", IMAGE_SIZE, "--batch-size", 16),
        *("--output", out / "base", *training),
    )
    step("4. Fine-tune it to the photographer's edits")
    call(
        *("run/lora_finetune.py", "--manifest", manifest, "--checkpoint", out / "base/best.pt"),
        *("--train-heads", "--lr", 1e-3, "--batch-size", 8, "--output", out / "lora", *training),
    )
    step("5. Edit new pictures as the base would")
    model = ("--checkpoint", out / "base/best.pt", "--input", out / "new", "--batch")
    adapter = ("--lora-checkpoint", out / "lora" / f"lora_epoch{args.epochs:03d}.pt")
    each = ("--overwrite", "--export-json", *device)
    call("run/inference.py", *model, "--output", out / "without", *each)
    step("6. Edit them in the style, into the sidecars, which keep all else; the old ones stay")
    call("run/inference.py", *model, *adapter, "--output", out / "styled", "--in-place", *each)
    sheet = out / "contact_sheet.png"
    unseen = [entry for entry in made if entry.split == "testing"]
    _write_sheet(sheet, sorted(unseen, key=_is_drawn), out)
    log.info("\nDone. Look at %s", sheet)
    log.info("  what was learnt from: %s", out / "import_report")
    log.info("  sidecars:             %s/*.xmp, *.xmp.bak", out / "new")


def _is_drawn(entry: "Entry") -> bool:
    return entry.fields.get("category") == "drawn"


def _write_shoot(made: "Sequence[Entry]", folder: Path) -> None:
    """RAW files to learn from, each with its edit as a sidecar."""
    from imaging.camera import read_shot
    from params.record import read_record
    from params.xmp import record_to_xmp
    from params.xmp_packet import PROCESS, merge_fields

    for entry in made:
        raw = folder / entry.path("raw").name
        if entry.split == "testing" or raw.with_suffix(".xmp").is_file():
            continue
        shot = read_shot(entry.path("raw"))
        record = read_record(entry.path("data"))
        packet = record_to_xmp(record, camera=shot.color, neutral=shot.neutral, warn=log.debug)
        _copy(entry.path("raw"), raw)
        packet = merge_fields(packet, {PROCESS: None}, str(raw))  # the photographer's, not ours
        with replacing(raw.with_suffix(".xmp")) as temporary:
            temporary.write_bytes(packet)


def _write_fresh(made: "Sequence[Entry]", folder: Path) -> None:
    """RAW files to edit, with sidecars that hold no edit yet."""
    shutil.rmtree(folder, ignore_errors=True)  # else the second run would find its own edits
    for entry in made:
        if entry.split == "testing":
            raw = folder / entry.path("raw").name
            _copy(entry.path("raw"), raw)
            write_text(raw.with_suffix(".xmp"), _OWN)


def _copy(source: Path, target: Path) -> None:
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def _write_sheet(path: Path, entries: "Sequence[Entry]", out: Path) -> None:
    """As shot, by the base, in the style, and as the photographer would have it."""
    from imaging.metrics import difference
    from imaging.raw_picture import RawPicture
    from model.edit_layer import render_record
    from params.record import read_record
    from report.picture_grid import write_grid

    rows, errors = [], []
    for entry in entries:
        raw = entry.path("raw")
        with RawPicture(raw) as file:
            shot, proxy = file.shot, file.linear_prophoto(512, process=2)
        own = render_record(proxy, read_record(entry.path("data")), shot=shot)
        row = [(f"{entry.id}\nas shot", proxy)]
        found = []
        for folder, caption in (("without", "the base"), ("styled", "fine-tuned to the style")):
            record = read_record(out / folder / "data" / f"{raw.stem}.json")
            picture = render_record(proxy, record, shot=shot)
            found.append(difference(picture, own).delta_e)
            row.append((f"{caption}\ndE00 to the photographer {found[-1]:.1f}", picture))
        rows.append([*row, ("the photographer\n(not seen)", own)])
        errors.append(found)
    before, after = (sum(column) / len(column) for column in zip(*errors, strict=True))
    log.info(
        "mean dE00 to the photographer's edits of %d new pictures: %.2f by the base, %.2f "
        "fine-tuned",
        len(errors),
        before,
        after,
    )
    write_grid(path, rows[:MOST_SHOWN], title="Auto ACR: a style learnt from sidecars")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
