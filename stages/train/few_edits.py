"""Training without steps: linear heads solved at once, for as few edits as a photographer has."""

import logging
from collections.abc import Iterable

import torch

from dataset.edit_groups import edit_groups
from dataset.samples import Samples
from model.autopilot import AutoPilotRegressor
from model.config import STATISTICS_BACKBONE
from model.ridge_heads import Learnt, solve_heads
from model.statistics_backbone import StatisticsBackbone
from params.ranges import CURVE_NAME
from stages.train.settings import MOST_RIDGE, RIDGE, TrainSettings

log = logging.getLogger(__name__)

# An output whose error is this part of the mean edit's, or more, is said to stay at its mean.
UNTOLD = 0.98


def solves_at_once(settings: TrainSettings, pictures: int) -> bool:
    """Whether learner "auto" is ridge for so many training pictures, or ridge was asked for."""
    if settings.learner != "auto":
        return settings.learner == RIDGE
    suits = settings.backbone == STATISTICS_BACKBONE and pictures <= MOST_RIDGE
    return suits and not settings.use_edit_layer and settings.metadata == "none"


def start_from(model: AutoPilotRegressor, samples: Samples, new: Iterable[str]) -> None:
    """Make a fresh model one of a training set: its scale of statistics, and its mean edit.

    new: panels that AutoPilotRegressor.set_outputs() gave new heads.
    """
    if isinstance(model.backbone, StatisticsBackbone):
        model.backbone.standardise(samples.inputs())
    model.start_at(samples.mean_params(), samples.starts())
    model.start_panels_at(samples.edits(), new)


@torch.no_grad()
def solve(
    model: AutoPilotRegressor, samples: Samples, device: torch.device, *, quiet: bool = False
) -> None:
    """Solve a model's heads for a training set, and say how well what is predicted.

    Frames of a burst, edits of one picture and of one source count as one.
    """
    groups = edit_groups(samples.entries)
    model.eval().to(device)
    # In parts: an encoder of pixels does not take all of a set at once.
    parts = [model.backbone(part.to(device)).cpu() for part in samples.inputs().split(64)]
    model.cpu()
    learnt = solve_heads(model, torch.cat(parts), samples.edits(), groups, samples.starts())
    model.to(device)
    if not quiet:
        for line in said(learnt, len(samples), int(groups.max()) + 1):
            log.info("%s", line)


def said(learnt: Learnt, count: int, groups: int) -> list[str]:
    """What was learnt, for people."""
    told = {name: e for name, e in learnt.errors.items() if e < UNTOLD}
    kept = [_name(name) for name in learnt.errors if name not in told]
    same = f", bursts and sources taken as one: {groups}" if groups < count else ""
    lines = [
        f"linear heads solved from {count} edits{same}; strength by cross-validation "
        "(--learner gradient trains step by step)"
    ]
    if told:
        lines.append(
            "how far off on unseen edits (1: as far as the mean edit): "
            + ", ".join(f"{_name(name)} {error:.2f}" for name, error in told.items())
        )
    if kept:
        lines.append(f"not told from the picture, so near the mean edit: {', '.join(kept)}")
    if learnt.from_auto:
        parts = (f"{_name(n)} {100.0 * part:.0f} %" for n, part in learnt.from_auto.items())
        lines.append(f"taken from the automatic edit: {', '.join(parts)}")
    return lines


def _name(name: str) -> str:
    return "tone curve" if name == CURVE_NAME else name.removesuffix("2012")
