"""Teach a model a photographer's style: import edits, train, fine-tune, write sidecars back.

The photographer is made up, with twelve panels in use: a folder of simulated RAW files with
sidecars as Lightroom leaves them. A small base is trained on two other made-up styles, fine-tuned
to this one, and applied to pictures it has not seen; what their sidecars hold besides is kept, and
the old file too. Then its whole edit is compared with what basic sliders, nearest neighbours and a
preset come to.

Example:
  python scripts/demo_style.py --output outputs/demo-style
"""

import argparse
import logging
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from params.files import REPO_ROOT, replacing, write_text
from scripts.walkthrough import call, step

if TYPE_CHECKING:
    from dataset.manifest import Entry

log = logging.getLogger(__name__)

STYLE, OTHERS = "cinematic", ("airy", "moody")
_TAUGHT, _JUDGED = ("training", "validation"), ("testing",)
BACKBONE, IMAGE_SIZE = "test_vit", 64  # small enough for two cores and a minute
MOST_SHOWN = 4
JUDGED_AT = 240  # long side, pixels
BOTH = "basic on preset"  # in the tables only
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
    parser.add_argument("--epochs", type=whole_number(1), default=20, help="of each training")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.synthetic.make_set import Recipe, make_set

    out, device = args.output, ("--device", args.device)
    training = (
        *("--epochs", args.epochs, "--save-frequency", args.epochs, "--workers", 0),
        *("--cache", out / "cache", *device),
    )
    step("1. A photographer's folder: RAW files and the sidecars that Lightroom left beside them")
    made = make_set(Recipe(args.pictures, (STYLE,), seed=1, splits=_TAUGHT), out / "made")
    # Twice as many: of those that the model is judged by every sixth is one.
    unseen = make_set(Recipe(2 * args.pictures, (STYLE,), seed=1, splits=_JUDGED), out / "unseen")
    _write_shoot(made, out / "shoot")
    _write_fresh(unseen, out / "new")
    step("2. Import: the settings are the parameters, nothing is fitted")
    manifest = out / "dataset_manifest.jsonl"
    call("scripts/import_edits.py", out / "shoot", "--manifest", manifest)
    step(f"3. A small base for edit process 2, from two other styles: {', '.join(OTHERS)}")
    others = make_set(Recipe(args.pictures, OTHERS, splits=_TAUGHT), out / "others")
    log.info("%d edits", len(others))
    call(
        *("run/train_autopilot.py", "--manifest", out / "others" / "dataset_manifest.jsonl"),
        *("--process", 2, "--backbone", BACKBONE, "--image-size", IMAGE_SIZE, "--batch-size", 16),
        *("--output", out / "base", *training),
    )
    step("4. Fine-tune it to the photographer's edits; for comparison, to their basic sliders only")
    recipe = (
        *("--manifest", manifest, "--checkpoint", out / "base/best.pt"),
        *("--train-heads", "--lr", 1e-3, "--batch-size", 8, *training),
    )
    call("run/lora_finetune.py", *recipe, "--output", out / "lora")
    call("run/lora_finetune.py", *recipe, "--sliders", "basic", "--output", out / "lora_basic")
    step("5. And by the pictures' statistics alone, which is what few edits are best learnt by")
    numbers = out / "statistics"
    call(
        *("run/train_autopilot.py", "--manifest", manifest, "--backbone", "statistics"),
        *("--residual", "auto", "--output", numbers, "--workers", 0, "--cache", out / "cache"),
        *device,
    )
    call(
        *("run/inference.py", "--checkpoint", numbers / "best.pt", "--input", out / "new"),
        *("--batch", "--output", numbers / "edits", "--overwrite", "--export-json"),
        *("--no-export-xmp", *device),
    )
    step("6. Edit new pictures in the style, into the sidecars, which keep all else")
    adapter = f"lora_epoch{args.epochs:03d}.pt"
    call(
        *("run/inference.py", "--checkpoint", out / "base/best.pt", "--input", out / "new"),
        *("--batch", "--lora-checkpoint", out / "lora" / adapter, "--output", out / "styled"),
        *("--in-place", "--overwrite", "--export-json", *device),
    )
    step("7. What they have learnt, on pictures whose sources it has not seen")
    _judge(out, unseen, adapter)
    log.info("\nDone. Look at %s", out / "contact_sheet.png")
    log.info("  what was learnt from: %s", out / "import_report")
    log.info("  sidecars:             %s/*.xmp, *.xmp.bak", out / "new")
    log.info("  the comparison:       %s, .json", out / "comparison.md")


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


def _is_drawn(entry: "Entry") -> bool:
    return entry.fields.get("category") == "drawn"


def _judge(out: Path, unseen: "Sequence[Entry]", adapter: str) -> None:
    """Compare ways to edit the new pictures, by tables and a sheet of some of them."""
    from imaging.raw_picture import RawPicture
    from params.record import read_record
    from report.picture_grid import write_grid
    from stages.evaluate.compare_edits import OWN, Shown, compare, tables, write_comparison

    pictures = []
    for entry in unseen:
        with RawPicture(entry.path("raw")) as file:
            pixels, shot = file.linear_prophoto(JUDGED_AT, process=2), file.shot
        pictures.append(Shown(pixels, shot, read_record(entry.path("data")).params))
    found = compare(pictures, _ways(out, unseen, adapter))
    write_comparison(out, found)
    for line in tables(found).splitlines():
        log.info("%s", line)
    rows = [
        [
            (
                f"{way}\n{f'dE00 {one.delta_e[i]:.1f}' if way != OWN else unseen[i].id}",
                one.rendered[i],
            )
            for way, one in found.items()
            if way != BOTH
        ]
        for i in _shown(unseen)
    ]
    write_grid(out / "contact_sheet.png", rows, title="Auto ACR: a style learnt from sidecars")


def _shown(entries: "Sequence[Entry]") -> list[int]:
    """Places of a few pictures, one a source, photographs first."""
    sources = {entry.fields["source"]: i for i, entry in reversed(list(enumerate(entries)))}
    return sorted(sources.values(), key=lambda i: (_is_drawn(entries[i]), i))[:MOST_SHOWN]


def _ways(
    out: Path, unseen: "Sequence[Entry]", adapter: str
) -> "dict[str, list[Mapping[str, Any]]]":
    """The edits of the new pictures by each way, from the same imported edits.

    The preset is their constants and the middle of what varies; basic only is an adapter of its
    own, for the ten sliders and the tone curve; basic on preset has these of the whole edit, and
    the preset's panels; statistics is a model without pixels, of whole edits too.
    """
    import torch

    from dataset.manifest import read_manifest
    from dataset.style_preset import read_edits, style_of_edits
    from model.checkpoint import load_model
    from model.lora import load_lora
    from model.nearest_edits import NearestEdits
    from params.choose_outputs import choose_outputs
    from params.edit_process import edit_process
    from params.ranges import CURVE_NAME, SLIDER_NAMES
    from params.record import read_record
    from stages.evaluate.held_out import read_known

    taught = read_manifest(out / "dataset_manifest.jsonl")
    base, config = load_model(out / "base" / "best.pt")
    basic, _ = load_model(out / "base" / "best.pt")
    load_lora(basic, out / "lora_basic" / adapter)

    def predicted(folder: Path) -> list[Mapping[str, Any]]:
        files = (folder / "data" / f"{entry.path('raw').stem}.json" for entry in unseen)
        return [read_record(file).params for file in files]

    whole = predicted(out / "styled")
    records = read_edits(taught)
    typical = style_of_edits(records).params
    outputs = choose_outputs([r.params for r in records], edit_process(config.process))
    config = replace(config, outputs=outputs)
    known, images = read_known(taught, config), read_known(unseen, config).images
    with torch.no_grad():
        nearest = NearestEdits(base.backbone(known.images), known.params_norm)
        neighbours = nearest(base.backbone(images))
        ten = basic(images)["params_norm"]
    names = (*SLIDER_NAMES, CURVE_NAME)
    return {
        "as shot": [{} for _ in unseen],
        "preset": [typical for _ in unseen],
        f"nearest {nearest.k}": _edits(neighbours),
        "basic only": _edits(ten),
        BOTH: [{**typical, **{name: edit[name] for name in names}} for edit in whole],
        "whole edit": whole,
        "statistics": predicted(out / "statistics" / "edits"),
    }


def _edits(params_norm: "Mapping[str, Any]") -> "list[Mapping[str, Any]]":
    from params.edit_numbers import denormalize_edit

    count = len(params_norm["Exposure2012"])
    return [denormalize_edit({n: v[i] for n, v in params_norm.items()}) for i in range(count)]


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
