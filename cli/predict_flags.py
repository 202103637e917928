"""Flags of the commands that predict, and the settings that they make."""

import argparse
from pathlib import Path

from cli.adapter_flags import adapter_flags
from cli.edit_flags import add_edit_flags
from cli.output_flags import add_cube_flag, xmp_flags, xmp_output
from cli.types import share, whole_number, wrong_call
from cli.where_flags import where_flags
from stages.predict.settings import AUTO, PictureOutput, PredictSettings, XmpOutput


def prediction_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that predict; those that call it add --output."""
    parents = [xmp_flags(), adapter_flags(), where_flags()]
    parent = argparse.ArgumentParser(add_help=False, parents=parents)
    model = parent.add_argument_group("model")
    model.add_argument(
        "--checkpoint",
        type=checkpoint_or_auto,
        default=AUTO,
        metavar="FILE",
        help="trained model (.pt), or hf://owner/repo/file.pt; auto: none, but formulas after "
        "Lightroom's Auto (a file of that name is ./auto)",
    )
    model.add_argument(
        "--consistent",
        action="store_true",
        help="one white balance, exposure and look for the frames of a burst, and of a scene that "
        "was taken in one light within a minute from frame to frame",
    )
    add_edit_flags(model)
    _add_input_flags(parent)
    out = parent.add_argument_group("exports")
    out.add_argument(
        "--export-xmp",
        action=argparse.BooleanOptionalAction,
        default=XmpOutput.write,
        help="XMP sidecars, in xmps/",
    )
    out.add_argument("--export-json", action="store_true", help="parameter files, in data/")
    out.add_argument(
        "--export-preview", action="store_true", help="sRGB previews of the edit, in preview/"
    )
    add_cube_flag(out)
    out.add_argument(
        "--contact-sheet",
        action="store_true",
        help="contact_sheet.html: before, after and sliders of every picture in one page",
    )
    return parent


def checkpoint_or_auto(text: str) -> Path | None:
    """An argparse type: a checkpoint's path; None for "auto", which no path but ./auto can mean."""
    if text == AUTO:
        return None
    path = Path(text)
    return path.absolute() if path == Path(AUTO) else path


def _add_input_flags(parent: argparse.ArgumentParser) -> None:
    group = parent.add_argument_group("pictures")
    which = group.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--input",
        nargs="+",
        action="extend",
        metavar="PATH",
        help="RAW files, folders (with --batch), patterns in quotes ('shoot/*.nef', '**' for "
        "any subfolders), @LIST for the paths in a file",
    )
    which.add_argument(
        "--input-list", type=Path, metavar="LIST", help="a file of paths, one a line"
    )
    group.add_argument("--batch", action="store_true", help="every RAW file in a folder")
    group.add_argument(
        "--recursive", action="store_true", help="every RAW file in a folder and its subfolders"
    )
    done = group.add_mutually_exclusive_group()
    done.add_argument("--overwrite", action="store_true", help="do again what is done")
    done.add_argument(
        "--skip-existing",
        action="store_true",
        help="what is there counts as done; else only what was made with the same model, strength, "
        "options and RAW file",
    )
    group.add_argument(
        "--jobs",
        type=whole_number(1, 64),
        metavar="N",
        help="pictures read, and written, side by side, which takes memory for 2 N + 1 of them "
        "(default: by the number of cores)",
    )


def confidence_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that can tell how far to trust a prediction."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("confidence")
    group.add_argument(
        "--min-confidence",
        type=share,
        metavar="0..1",
        help="list pictures below it in review.csv; they are done all the same",
    )
    group.add_argument(
        "--confidence",
        type=Path,
        metavar="FILE",
        help="confidence.pt of run/evaluate.py for this model; with --min-confidence by default "
        "outputs/evaluation/confidence.pt",
    )
    return parent


@wrong_call()
def predict_settings(
    args: argparse.Namespace,
    *,
    tiff: bool = False,
    jpeg: bool = False,
    pictures: PictureOutput = PredictSettings.pictures,
) -> PredictSettings:
    """What prediction_flags and confidence_flags ask for; the rest as given."""
    return PredictSettings(
        checkpoint=args.checkpoint,
        inputs=args.input or [f"@{args.input_list}"],
        output=args.output,
        adapters=tuple(args.lora_checkpoint),
        constants=args.constants,
        strength=args.strength,
        consistent=args.consistent,
        auto_white_balance=args.auto_white_balance,
        force_lora=args.force_lora,
        batch=args.batch,
        recursive=args.recursive,
        overwrite=args.overwrite,
        skip_existing=args.skip_existing,
        jobs=args.jobs,
        cluster=args.cluster,
        shard=args.shard,
        xmp=xmp_output(args, write=args.export_xmp),
        json=args.export_json,
        preview=args.export_preview,
        cube=args.export_cube,
        contact_sheet=args.contact_sheet,
        tiff=tiff,
        jpeg=jpeg,
        pictures=pictures,
        confidence=args.confidence,
        min_confidence=args.min_confidence,
        dry_run=args.dry_run,
        device=args.device,
        debug=args.debug,
    )
