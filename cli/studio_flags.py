"""Flags of the studio, and the settings that they make."""

import argparse
from pathlib import Path

from cli.adapter_flags import adapter_flags
from cli.edit_flags import add_edit_flags
from cli.look_flags import look_flags
from cli.types import expert_name, whole_number, wrong_call
from params.files import REPO_ROOT
from studio.settings import StudioSettings


def studio_flags() -> argparse.ArgumentParser:
    """Parent parser of the studio's command."""
    parent = argparse.ArgumentParser(add_help=False, parents=[adapter_flags(), look_flags()])
    parent.add_argument(
        "input",
        nargs="+",
        metavar="PATH",
        help="folders (every RAW file in them), RAW files, patterns in quotes, @LIST for the paths "
        "in a file",
    )
    parent.add_argument(
        "--recursive", action="store_true", help="also the RAW files in the folders' subfolders"
    )
    parent.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "studio",
        help="folder to write to what is accepted; edits are kept in its .studio",
    )
    _add_model_flags(parent)
    teach = parent.add_argument_group("teaching")
    teach.add_argument(
        "--expert",
        type=expert_name,
        default=StudioSettings.expert,
        metavar="NAME",
        help="whose edits the corrections are",
    )
    teach.add_argument(
        "--manifest",
        type=Path,
        metavar="FILE",
        help="manifest that corrections go to (default: dataset_manifest.jsonl in the output "
        "folder)",
    )
    _add_page_flags(parent)
    return parent


def _add_model_flags(parent: argparse.ArgumentParser) -> None:
    model = parent.add_argument_group("models to choose from, beside auto")
    model.add_argument(
        "--checkpoint",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="trained models (.pt), or hf://owner/repo/file.pt; adapters belong to the first",
    )
    model.add_argument(
        "--preset",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="presets or other XMP, to compare with",
    )
    add_edit_flags(model)
    model.add_argument(
        "--confidence",
        type=Path,
        metavar="FILE",
        help="confidence.pt of run/evaluate.py for the first checkpoint",
    )


def _add_page_flags(parent: argparse.ArgumentParser) -> None:
    page = parent.add_argument_group("page")
    page.add_argument(
        "--port",
        type=whole_number(0, 65535),
        default=StudioSettings.port,
        help="0 takes any that is free",
    )
    page.add_argument("--host", default=StudioSettings.host, help="address to be reached at")
    page.add_argument(
        "--allow-remote",
        action="store_true",
        help="with --host: other computers may reach it, unencrypted; whoever has the address with "
        "its token sees and changes the edits",
    )
    page.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address without opening it",
    )


@wrong_call()
def studio_settings(args: argparse.Namespace) -> StudioSettings:
    """What studio_flags ask for."""
    return StudioSettings(
        inputs=args.input,
        output=args.output,
        recursive=args.recursive,
        checkpoints=tuple(args.checkpoint),
        adapters=tuple(args.lora_checkpoint),
        presets=tuple(args.preset),
        profiles=tuple(args.profiles),
        strength=args.strength,
        auto_white_balance=args.auto_white_balance,
        constants=args.constants,
        force_lora=args.force_lora,
        confidence=args.confidence,
        device=args.device,
        expert=args.expert,
        manifest=args.manifest,
        host=args.host,
        port=args.port,
        allow_remote=args.allow_remote,
        browser=args.browser,
    )
