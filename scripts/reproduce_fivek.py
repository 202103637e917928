"""All of FiveK by the README's commands, weighed: download, fit, train, LoRA, evaluate, predict.

Leaves figures.md in the output folder: wall time, memory and disk of each step. Broken off and
called again it goes on; what is done stays done. --simulate makes a tree of so many small
pictures, which a server on this machine has, to see how all of it works and grows before you have
FiveK; models then are tiny.

Example:
  python scripts/reproduce_fivek.py --root data/MITAboveFiveK --output outputs/fivek
  python scripts/reproduce_fivek.py --simulate 500 --root /tmp/fivek/data --output /tmp/fivek/out
"""

import argparse
import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import real, whole_number
from jobs.cores import cores
from params.files import REPO_ROOT, InputError
from scripts.reproduce.measured_step import Figures, Step, Steps, read_steps

log = logging.getLogger(__name__)

SPLITS = ("training", "validation", "testing")
EXPERT = "c"
# With simulated pictures: a model that trains on a laptop's cores, at a size that they have.
TINY = {"backbone": "test_vit", "image_size": 64, "edit_resolution": 64, "epochs": 1}


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument("--root", type=Path, required=True, help="FiveK's folder")
    parser.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "fivek",
        help="folder to write to: fits, cache, models, evaluation, predictions, figures.md",
    )
    parser.add_argument(
        "--simulate",
        type=whole_number(10),
        metavar="PICTURES",
        help="with so many simulated pictures, of which --root gets the download",
    )
    parser.add_argument("--base-url", help="another server, see download_fivek_editor.py")
    parser.add_argument("--limit", type=whole_number(1), help="at most this many pictures a split")
    parser.add_argument(
        "--workers", type=whole_number(1, 256), default=cores(), help="processes of each step"
    )
    parser.add_argument(
        "--cache-size", type=real(0.001), metavar="GB", help="of decoded pictures, at most"
    )
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="OUTPUT",
        help="the output folder of a run on fewer pictures: how time and memory have grown since",
    )
    model = parser.add_argument_group("model (with --simulate a tiny one)")
    model.add_argument("--backbone", help="of training")
    model.add_argument("--image-size", type=whole_number(16, 2048), help="of training")
    model.add_argument("--edit-resolution", type=whole_number(1), help="of training and LoRA")
    model.add_argument("--epochs", type=whole_number(1), help="of training and LoRA")
    return parser


def work(args: argparse.Namespace) -> None:
    from scripts.reproduce.figures_page import write_figures

    args.output.mkdir(parents=True, exist_ok=True)
    steps = Steps(args.output, [args.root, args.output])
    smaller = _smaller(args.beside) if args.beside else None
    with _server(args) as base_url:
        try:
            for step in all_steps(args, base_url):
                steps.run(step)
        finally:
            page = write_figures(args.output, _pictures(args.root), steps.found, smaller)
            log.info("%s", page)


def all_steps(args: argparse.Namespace, base_url: str | None) -> Iterator[Step]:
    """The commands, in their order."""
    out = args.output
    limit = ["--limit", args.limit] if args.limit else []
    workers = ["--workers", args.workers]
    given = ["--root", args.root, "--splits", *SPLITS, "--experts", EXPERT, *limit]
    address = ("--base-url", base_url) if base_url else ()
    words = map(str, ("download_fivek_editor.py", *given))
    yield Step("download", list(words), address)
    for split in SPLITS:
        given = ["--root", args.root, "--split", split, "--expert", EXPERT, "--output", out]
        yield _step(f"fit {split}", "scripts/fivek_tif_to_xmp.py", *given, *workers, *limit)
    manifest = ["--manifest", out / "dataset_manifest.jsonl"]
    cache = ["--cache", out / "cache"]
    cache += ["--cache-size", args.cache_size] if args.cache_size else []
    device = ["--device", args.device]
    loop = [*manifest, *cache, *workers, *device, "--use-edit-layer", "--resume"]
    loop += _chosen(args, "edit_resolution", "epochs")
    trained = ["--output", out / "checkpoints", *_chosen(args, "backbone", "image_size")]
    yield _step("train", "run/train_autopilot.py", *loop, *trained)
    model = ["--checkpoint", out / "checkpoints" / "best.pt"]
    yield _step("LoRA", "run/lora_finetune.py", *model, *loop, "--output", out / "lora")
    model += ["--lora-checkpoint", out / "lora" / "lora_best.pt"]
    judged = [*model, *manifest, *cache, *workers, *device]
    yield _step("evaluate", "run/evaluate.py", *judged, "--output", out / "evaluation")
    given = ["--input", args.root / "raw", "--recursive", "--export-json", *device]
    yield _step("predict", "run/inference.py", *model, *given, "--output", out / "predictions")


def _step(name: str, *words: object) -> Step:
    return Step(name, [str(word) for word in words])


def _chosen(args: argparse.Namespace, *names: str) -> list[object]:
    """The flags of these names that are given, or that a simulated run sets."""
    found: list[object] = []
    for name in names:
        value = getattr(args, name) or (TINY[name] if args.simulate else None)
        if value is not None:
            found += [f"--{name.replace('_', '-')}", value]
    return found


@contextlib.contextmanager
def _server(args: argparse.Namespace) -> Iterator[str | None]:
    """Where FiveK is downloaded from: with --simulate a server of this process."""
    if not args.simulate:
        yield args.base_url
        return
    from dataset.synthetic.fivek_site import make_site
    from jobs.where import Where
    from scripts.reproduce.site_server import served

    site = args.root.with_name(f"{args.root.name}-site")
    make_site(site, args.simulate, Where(args.workers if args.workers > 1 else 0))
    args.root.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        (args.root / f"{split}.json").write_bytes((site / f"{split}.json").read_bytes())
    with served(site) as url:
        yield url


def _pictures(root: Path) -> int:
    """How many RAW files there are."""
    return sum(1 for _ in (root / "raw").rglob("*.dng"))


def _smaller(folder: Path) -> tuple[int, dict[str, Figures]]:
    found = read_steps(folder)
    if not found:
        raise InputError(f"{folder}: no run of this command")
    root = Path(found["download"].words[found["download"].words.index("--root") + 1])
    return _pictures(root), found


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
