"""Train the model that predicts Camera Raw parameters from a preview."""

import logging
from pathlib import Path

import torch

from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_backbone_weights, load_model, read_config, save_model
from model.checkpoint_config import config_to_dict
from model.config import STATISTICS_BACKBONE, AutoPilotConfig, BackboneConfig
from model.device import pick_device
from model.distributed import training_group
from model.engine import EpochResult, Trainer
from model.torch_file import read_torch_file
from params.auto_edit import PROCESS as AUTO_PROCESS
from params.files import InputError
from stages.fit.refit import choose_process
from stages.train.choose import chosen_outputs, mean_edit, training_records
from stages.train.data import (
    Splits,
    fitted_splits,
    make_loaders,
    make_loss,
    read_splits,
    samples_of,
)
from stages.train.few_edits import solve, solves_at_once, start_from
from stages.train.judge import judge
from stages.train.run_folder import RunFolder
from stages.train.settings import TrainSettings

log = logging.getLogger(__name__)


def train(settings: TrainSettings) -> Path:
    """Train a model and write its run folder; torchrun's processes share the work.

    Returns:
        best.pt in the output folder: the model of the best epoch.

    Raises:
        InputError: the manifest, the backbone or what is to be resumed cannot be used, or the
            loss went wrong.
    """
    with training_group(pick_device(settings.device)) as (group, device):
        torch.manual_seed(settings.seed)
        splits = read_splits(settings)
        config = model_config(settings, splits)
        model = AutoPilotRegressor(config)
        splits = fitted_splits(settings, config, splits, group)
        if settings.backbone_weights:
            load_backbone_weights(settings.backbone_weights, model)
        records = training_records(config, splits)
        new = model.set_outputs(chosen_outputs(settings, config, records, group))
        config = model.config
        train_batches, val_batches = make_loaders(
            settings, config, splits, pin_memory=device.type == "cuda", group=group
        )
        samples = samples_of(train_batches)
        start_from(model, samples, new)
        at_once = config.heads == "linear"
        if at_once:
            if settings.resume:
                check_solved(settings.output / "last.pt")
            solve(model, samples, device, quiet=not group.leads)
        loss = make_loss(settings, config, train_batches)
        trainer = Trainer(model, loss, settings, device, group)
        folder = settings.output
        style = mean_edit(config, records)
        if settings.resume and not at_once:
            resume(trainer, model, folder / "last.pt")
        run = RunFolder(settings, group)
        if group.leads and not at_once:
            said = settings.backbone, settings.epochs, settings.lr, settings.batch_size
            log.info("backbone %s: %d epochs, learning rate %g, batches of %d", *said)

        def save(result: EpochResult) -> None:
            stats = {**result.train, "spread": loss.spread_by_name()}
            facts = {"epoch": result.epoch, "stats": stats, "val_stats": result.val, **style}
            if result.best:
                save_model(folder / "best.pt", model, facts)
            if result.epoch % settings.save_frequency == 0 or result.last:
                save_model(folder / f"checkpoint_epoch{result.epoch:03d}.pt", model, facts)
            save_model(folder / "last.pt", model, facts | {"training": trainer.state_dict()})

        if at_once:
            trainer.take(train_batches, val_batches, run.follow(trainer, val_batches, save))
        else:
            run.train(trainer, train_batches, val_batches, save)
        log.info("%s: best loss %.4f", folder / "best.pt", trainer.best)
        if group.leads and (folder / "best.pt").is_file():
            best, _ = load_model(folder / "best.pt")
            log.info("%s", judge(best, train_batches, val_batches, device))
    return folder / "best.pt"


def model_config(settings: TrainSettings, splits: Splits) -> AutoPilotConfig:
    """The model that the settings ask for.

    Raises:
        InputError: the fits are of several edit processes, and none was asked for; or they are
            not of the automatic edit's, to which differences were asked for.
    """
    config = AutoPilotConfig(
        backbone=_backbone(settings),
        knots=settings.curve_knots,
        process=choose_process([*splits.train, *splits.val], settings.process),
        masks=settings.masks,
        fusion=settings.metadata,
        residual=settings.residual,
        heads="linear" if solves_at_once(settings, len(splits.train)) else "mlp",
    )
    if config.starts_at_auto and config.process != AUTO_PROCESS:
        raise InputError(
            f"residual auto: the automatic edit is one of edit process {AUTO_PROCESS}, and the "
            f"edits are of process {config.process}"
        )
    return config


def _backbone(settings: TrainSettings) -> BackboneConfig:
    if settings.backbone == STATISTICS_BACKBONE:  # it has no other settings
        return BackboneConfig(settings.backbone)
    return BackboneConfig(settings.backbone, settings.pretrained_backbone, settings.image_size)


def check_solved(path: Path) -> None:
    """Raise InputError if a run that was trained step by step would be replaced."""
    if path.is_file() and read_config(path).heads != "linear":
        raise InputError(
            f"{path}: trained step by step (--learner gradient goes on); solved at once it would "
            "be replaced: choose another --output, or leave out --resume"
        )


def resume(trainer: Trainer, model: AutoPilotRegressor, path: Path) -> None:
    """Continue from last.pt; a missing one starts afresh.

    Raises:
        InputError: the file is of another model, or damaged.
    """
    if not path.is_file():
        log.info("%s: not there; starting afresh", path)
        return
    earlier, config = load_model(path)
    found, wanted = config_to_dict(config), config_to_dict(model.config)
    other = [
        f"{name} {found[name]}, not {wanted[name]}"
        for name in wanted
        if found[name] != wanted[name]
    ]
    if other:
        raise InputError(f"{path}: of another model than the flags ask for: {'; '.join(other)}")
    model.load_state_dict(earlier.state_dict())
    trainer.resume(path, read_torch_file(path))
