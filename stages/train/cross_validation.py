"""How long to fine-tune on few edits: the epoch that is best for pictures left out, in turn.

A validation split of a few pictures says little of that. Here the training split is dealt into
folds, bursts and sources whole; an adapter is trained without each, from the same start and for as
many epochs, and all pictures are judged, each by the adapter that has not seen it.
"""

import copy
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dataset.edit_groups import edit_groups
from dataset.samples import Samples, collate
from model.autopilot import AutoPilotRegressor
from model.checkpoint import weights_digest
from model.distributed import Group
from model.engine import EpochResult, Trainer, predict, to_device
from model.losses import HybridLoss
from model.panel_heads import constant_norm
from model.solve.ridge import folds_of
from model.torch_file import read_torch_file, write_torch_file
from params.csv_text import csv_text
from params.files import InputError, write_text
from stages.train.data import loader_of
from stages.train.settings import FOLDS_TABLE, LoraSettings

log = logging.getLogger(__name__)

Norm = Mapping[str, Tensor]  # params_norm

STATE = "cross_validation.pt"  # in the run's folder, beside FOLDS_TABLE
COLUMNS = ("fold", "epoch", "loss")
_FEWEST = 2  # groups of pictures a fold: with fewer there is no cross-validation
_TOGETHER = 16  # pictures that are predicted at once
# Settings that change what a fold comes to.
_OF_RESULT = (
    *("epochs", "lr", "weight_decay", "batch_size", "flip", "seed", "ema", "amp", "folds"),
    *("use_edit_layer", "image_loss_weight", "edit_resolution", "sliders"),
    *("lora_rank", "lora_alpha", "lora_target", "train_heads"),
)


@dataclass(frozen=True)
class LeftOut:
    """What became of pictures that were left out.

    Attributes:
        losses: [epochs], over all pictures.
        answers: params_norm of each picture, [N] and [N, knots], by the adapter that had not seen
            it, at the epoch that is best for the other folds: nor was that chosen by the picture.
        presets: the mean edit of what that adapter had seen, [N] and [N, knots].
    """

    losses: Tensor
    answers: Norm
    presets: Norm

    @property
    def epoch(self) -> int:
        """The best one, from 1."""
        return int(self.losses.argmin()) + 1

    def answer(self, number: int) -> Norm:
        """What was predicted of a picture."""
        return {name: value[number] for name, value in self.answers.items()}

    def preset(self, number: int) -> Norm:
        """The preset beside answer()."""
        return {name: value[number] for name, value in self.presets.items()}

    def __str__(self) -> str:
        best, last = float(self.losses.min()), float(self.losses[-1])
        after = f"; {last:.4f} after all" if self.epoch < len(self.losses) else ""
        return (
            f"cross-validation: epoch {self.epoch} of {len(self.losses)} is best, loss {best:.4f} "
            f"on pictures left out{after}"
        )


@dataclass
class _Fold:
    """One fold: its pictures' numbers, losses [epochs], answers and mean edit."""

    left: Tensor
    losses: Tensor
    answers: dict[str, Tensor]
    preset: dict[str, Tensor]


@dataclass(frozen=True)
class CrossValidation:
    """Copies of a model, each trained without one fold of the training pictures.

    Attributes:
        model: as fine-tuning begins with it, on the CPU; it is not changed.
        samples: the training pictures.
        loss: of the run.
        settings: the run's; folds of it.
        base: digest of the base.
        new: the panels whose heads are new.
    """

    model: AutoPilotRegressor
    samples: Samples
    loss: HybridLoss
    settings: LoraSettings
    base: str
    new: Sequence[str]
    device: torch.device
    group: Group

    def run(self) -> LeftOut | None:
        """Train all folds; with `resume` those only that an earlier run has not finished.

        Returns:
            None where there are too few groups of pictures to leave any out.

        Raises:
            InputError: the loss went wrong, or the folder refuses.
        """
        settings, groups = self.settings, edit_groups(self.samples.entries)
        folds, count = settings.folds or 0, int(groups.max()) + 1
        if count < _FEWEST * folds:
            log.info(
                "cross-validation: %d pictures, bursts counted once, are too few for it", count
            )
            return None
        fold, file, key = folds_of(groups, folds), settings.output / STATE, self._key()
        done = _read(file, key, fold, settings.epochs) if settings.resume else []
        for number in range(len(done), folds):
            if self.group.leads:
                log.info("cross-validation: fold %d of %d", number + 1, folds)
            done.append(self._fold(fold == number, [one.losses.tolist() for one in done]))
            if self.group.leads:
                write_torch_file(file, {"key": key, "folds": [vars(one) for one in done]})
        return _together(done, len(self.samples))

    def _fold(self, left: Tensor, before: Sequence[list[float]]) -> _Fold:
        """before: losses of the folds before, for the table."""
        part, out = (self.samples.part(rows.nonzero()[:, 0].tolist()) for rows in (~left, left))
        twin = copy.deepcopy(self.model)
        twin.start_panels_at(part.edits(), self.new)
        settings = replace(self.settings, patience=0)
        trainer = Trainer(twin, copy.deepcopy(self.loss), settings, self.device, self.group)
        losses: list[float] = []
        answers: list[dict[str, Tensor]] = []

        def on_epoch(result: EpochResult) -> None:
            losses.append(result.score)
            answers.append(_answers(twin, out, self.device))
            if self.group.leads:
                _write_table(settings.output / FOLDS_TABLE, [*before, losses])

        pinned, group = self.device.type == "cuda", self.group
        learn = loader_of(part, settings, trains=True, pin_memory=pinned, group=group)
        judge = loader_of(out, settings, trains=False, pin_memory=pinned, group=group)
        trainer.run(learn, judge, on_epoch)
        together = {name: torch.stack([one[name] for one in answers]) for name in answers[0]}
        numbers = left.nonzero()[:, 0]
        preset = part.mean_params() | constant_norm(self.model.config.outputs)
        return _Fold(numbers, torch.tensor(losses), together, preset)

    def _key(self) -> str:
        """What a fold's result depends on."""
        known = self.settings.as_json()
        chosen = {name: known[name] for name in _OF_RESULT}
        ids = [entry.id for entry in self.samples.entries]
        edits = weights_digest(self.samples.edits())
        facts = {"base": self.base, "ids": ids, "edits": edits, "processes": self.group.size}
        return json.dumps({**facts, **chosen})


@torch.no_grad()
def _answers(
    model: AutoPilotRegressor, samples: Samples, device: torch.device
) -> dict[str, Tensor]:
    """params_norm predicted of all pictures, [N] and [N, knots]."""
    model.eval()
    parts = torch.arange(len(samples)).split(_TOGETHER)
    batches = (collate([samples[int(i)] for i in part]) for part in parts)
    found = [predict(model, to_device(batch, device)) for batch in batches]
    return {name: torch.cat([one[name] for one in found]).cpu() for name in found[0]}


def _together(folds: Sequence[_Fold], count: int) -> LeftOut:
    """The folds as one, pictures in their own order."""
    weighted = torch.stack([len(one.left) * one.losses for one in folds])
    total, order = weighted.sum(dim=0), torch.cat([one.left for one in folds]).argsort()
    chosen = (total - weighted).argmin(dim=1).tolist()  # by the others
    parts = list(zip(folds, chosen, strict=True))
    answers = {
        name: torch.cat([one.answers[name][epoch] for one, epoch in parts])[order]
        for name in folds[0].answers
    }
    presets = {
        name: torch.cat([torch.stack([one.preset[name]] * len(one.left)) for one in folds])[order]
        for name in folds[0].preset
    }
    return LeftOut(total / count, answers, presets)


def _read(file: Path, key: str, fold: Tensor, epochs: int) -> list[_Fold]:
    """The folds that an earlier run of the same settings has finished."""
    if not file.is_file():
        return []
    try:
        content: dict[str, Any] = read_torch_file(file)
        if content["key"] != key:
            return []
        found = [_Fold(**one) for one in content["folds"]]
        alike = all(_is_of(one, fold == i, epochs) for i, one in enumerate(found))
    except (InputError, AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        log.warning("%s: not taken over: %s", file, error)
        return []
    return found if alike else []


def _is_of(found: _Fold, left: Tensor, epochs: int) -> bool:
    """Whether a fold is of these pictures and so many epochs, and whole."""
    of = (epochs, len(found.left))
    shapes = {name: value.shape for name, value in found.answers.items()}
    return (
        torch.equal(found.left, left.nonzero()[:, 0])
        and found.losses.shape == (epochs,)
        and bool(found.losses.isfinite().all())
        and set(shapes) == set(found.preset) != set()
        and all(shapes[n] == (*of, *value.shape) for n, value in found.preset.items())
    )


def _write_table(file: Path, folds: Sequence[Sequence[float]]) -> None:
    rows = [
        (fold, epoch, f"{loss:.6f}")
        for fold, losses in enumerate(folds, 1)
        for epoch, loss in enumerate(losses, 1)
    ]
    write_text(file, csv_text(COLUMNS, rows))
