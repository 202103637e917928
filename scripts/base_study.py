"""Is a trained base worth shipping? One learnt from free photographs beside Auto.

Every photograph of samples/photos (CC0 and CC-BY) is the outcome of random edits: undone, they
leave the scenes that a model has to find them from. Small models on statistics learn from some
photographs and are judged on the others, beside no edit, Auto, the mean edit and the nearest
pictures' edits; and on the finished photographs themselves, where the right edit is none. A base
ships only where it beats Auto on both. Writes base_study.csv and base_study.md; no weights.

Example:
  python scripts/base_study.py --output outputs/base_study
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.types import whole_number
from params.csv_text import csv_text
from params.edit_process import PROCESS_2
from params.files import REPO_ROOT, write_text
from params.ranges import neutral_params
from scripts.study.bases import BASES, Sample, learnt_answers

log = logging.getLogger(__name__)

LONG_SIDE = 192  # pixels: what statistics are taken from
# What random edits are drawn from, evenly; Temperature in mired from as shot, positive is warmer.
RANGES = {
    "Temperature": (-25.0, 25.0),
    "Tint": (-8.0, 8.0),
    "Exposure2012": (-1.2, 1.2),
    "Contrast2012": (-15.0, 30.0),
    "Highlights2012": (-60.0, 0.0),
    "Shadows2012": (0.0, 60.0),
    "Whites2012": (-20.0, 30.0),
    "Blacks2012": (-30.0, 10.0),
    "Vibrance": (0.0, 30.0),
    "Saturation": (-10.0, 10.0),
}
NO_EDIT, AUTO, MEAN, NEAREST = "no edit", "auto", "mean edit", "nearest"
METHODS = (NO_EDIT, AUTO, MEAN, NEAREST, *BASES)
EDITED, FINISHED = "edited", "finished"


@dataclass(frozen=True)
class Picture:
    """A scene, and the edit that it had; kind: EDITED or FINISHED, whose edit is neutral."""

    photo: str
    kind: str
    pixels: np.ndarray
    params: dict[str, Any]
    auto: dict[str, Any]
    sample: Sample


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument(
        "--output", type=Path, default=REPO_ROOT / "outputs" / "base_study", help="folder"
    )
    parser.add_argument(
        "--photos", type=whole_number(2, 18), default=18, help="how many of samples/photos"
    )
    parser.add_argument(
        "--scenes", type=whole_number(1), default=12, help="edits undone of each photograph"
    )
    parser.add_argument("--folds", type=whole_number(2, 18), default=6, help="of photographs")
    parser.add_argument("--epochs", type=whole_number(1), default=30, help="of each net")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of edits, folds and nets")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.synthetic.scenes import CATEGORIES

    photos = sorted(CATEGORIES)
    order = np.random.default_rng(args.seed).permutation(len(photos))[: args.photos]
    pictures = [one for i in order for one in pictures_of(photos[i], int(i), args)]
    folds = {photos[i]: place % args.folds for place, i in enumerate(order)}
    rows: list[dict[str, Any]] = []
    for fold in range(args.folds):
        known = [one for one in pictures if folds[one.photo] != fold]
        held_out = [one for one in pictures if folds[one.photo] == fold]
        rows += judged(held_out, answers(known, held_out, args))
        log.info("fold %d of %d", fold + 1, args.folds)
    write_text(args.output / "base_study.csv", csv_text(("photo", "kind", *METHODS), rows))
    table = report(rows)
    write_text(args.output / "base_study.md", table)
    print(table, end="")


def random_edit(random: np.random.Generator) -> dict[str, Any]:
    """An edit as a photographer might make it, in Camera Raw's units; a straight curve."""
    drawn = {name: float(random.uniform(*ends)) for name, ends in RANGES.items()}
    neutral = neutral_params()
    warmer = drawn.pop("Temperature")
    return neutral | drawn | {"Temperature": 1e6 / (1e6 / neutral["Temperature"] - warmer)}


def pictures_of(photo: str, number: int, args: argparse.Namespace) -> list[Picture]:
    """The photograph with each of its edits undone, and with none."""
    import torch

    from dataset.sample_cache import made_once
    from dataset.synthetic.scenes import finished_photo
    from dataset.synthetic.undo_edit import undone
    from imaging.auto_tone import auto_tone
    from imaging.camera import Shot
    from imaging.picture_statistics import picture_statistics
    from imaging.resize import fit_long_side
    from model.preprocess import params_norm_of
    from params.auto_edit import auto_edit
    from params.ranges import CURVE_KNOTS, SLIDER_NAMES

    random = np.random.default_rng([args.seed, number])
    edits = [neutral_params(), *(random_edit(random) for _ in range(args.scenes))]

    def make() -> dict[str, np.ndarray]:
        return {"scenes": undone(fit_long_side(finished_photo(photo), LONG_SIDE), edits)}

    name = f"{photo}-{LONG_SIDE}-{args.scenes}-{args.seed}.npz"
    scenes = made_once(args.output / "scenes" / name, make)["scenes"]
    found: list[Picture] = []
    for params, pixels in zip(edits, scenes, strict=True):
        auto = auto_edit(auto_tone(pixels, Shot(None, None)))
        start = params_norm_of(auto, CURVE_KNOTS)
        sample = {
            "photo": number,
            "image": torch.from_numpy(picture_statistics(pixels)),
            "params": params_norm_of(params, CURVE_KNOTS),
            "start": torch.stack([start[name] for name in SLIDER_NAMES]),
        }
        kind = EDITED if found else FINISHED
        found.append(Picture(photo, kind, pixels, params, auto, sample))
    return found


def answers(
    known: Sequence[Picture], held_out: Sequence[Picture], args: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Of each held-out picture what every method makes of it: params, in METHODS' order."""
    from torch.utils.data import default_collate

    from model.mean_edit import mean_edit
    from model.nearest_edits import NearestEdits
    from params.edit_numbers import denormalize_values

    edited = [one.sample for one in known if one.kind == EDITED]
    finished = [one.sample for one in known if one.kind == FINISHED]
    learnt, asked = default_collate(edited), default_collate([one.sample for one in held_out])
    mean = mean_edit(learnt["params"])
    found = {
        MEAN: {name: value.expand(len(held_out), *value.shape) for name, value in mean.items()},
        NEAREST: NearestEdits(learnt["image"], learnt["params"])(asked["image"]),
    }
    for name, base in BASES.items():
        samples = edited + finished * args.scenes if base.finished else edited
        found[name] = learnt_answers(base, samples, asked, args.epochs, args.seed)
    values = {name: denormalize_values(norm) for name, norm in found.items()}
    for i, one in enumerate(held_out):
        own = {name: {n: v[i].numpy() for n, v in p.items()} for name, p in values.items()}
        yield {NO_EDIT: neutral_params(), AUTO: one.auto, **own}


def judged(
    pictures: Sequence[Picture], edits: Iterator[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Mean ΔE00 of each method's picture to that of the picture's own edit."""
    from imaging.metrics import delta_e00
    from model.render import render_edits

    for one, given in zip(pictures, edits, strict=True):
        all_edits = [one.params, *(given[name] for name in METHODS)]
        wanted, *rendered = render_edits(one.pixels, all_edits, process=PROCESS_2.number)
        errors = [float(delta_e00(picture, wanted).mean()) for picture in rendered]
        yield {"photo": one.photo, "kind": one.kind, **dict(zip(METHODS, errors, strict=True))}


def report(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table as Markdown, and of each base whether it beats Auto; intervals by photograph."""
    from report.bootstrap import estimate
    from report.markdown_table import markdown_table

    def said(kind: str, method: str, less: str | None = None) -> tuple[str, bool]:
        own = [row for row in rows if row["kind"] == kind]
        values = [row[method] - (row[less] if less else 0.0) for row in own]
        found = estimate(values, [row["photo"] for row in own])
        if found is None or found.interval is None:
            raise ValueError("intervals need two photographs")
        low, high = found.interval
        return f"{found.mean:.2f} ({low:.2f} to {high:.2f})", high < 0.0

    means = [["ΔE00", "random edits undone", "finished photographs"]]
    means += [[m, said(EDITED, m)[0], said(FINISHED, m)[0]] for m in METHODS]
    lines = [markdown_table(means), ""]
    for base in BASES:
        (edited, nearer), (finished, milder) = (said(k, base, AUTO) for k in (EDITED, FINISHED))
        verdict = "beats auto on both" if nearer and milder else "does not beat auto on both"
        lines.append(f"- {base}, less auto: {edited}; finished {finished}: {verdict}")
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
