"""Fine-tune a trained model to a style with low-rank adapters (LoRA)."""

import copy
import logging
from pathlib import Path

import torch

from model.autopilot import AutoPilotRegressor
from model.checkpoint import check_state, load_model, weights_digest
from model.device import pick_device
from model.distributed import training_group
from model.engine import EpochResult, Trainer
from model.lora import (
    AdapterFacts,
    default_targets,
    inject_lora,
    lora_state,
    save_lora,
    train_only_lora,
)
from model.lora_blend import blend_lora
from model.torch_file import read_torch_file
from params.files import InputError
from params.outputs import BASIC_OUTPUTS
from stages.train.choose import chosen_outputs, mean_edit, training_records
from stages.train.cross_validation import CrossValidation
from stages.train.data import fitted_splits, make_loaders, make_loss, read_splits, samples_of
from stages.train.judge import judge
from stages.train.run_folder import RunFolder
from stages.train.settings import LoraSettings

log = logging.getLogger(__name__)


def finetune(settings: LoraSettings) -> Path:
    """Fine-tune a model and write the run folder; torchrun's processes share the work.

    Returns:
        lora_best.pt in the output folder: the adapter of the best epoch.

    Raises:
        InputError: the checkpoint, the manifest or what is to be resumed cannot be used, no
            layer is a target, or the loss went wrong.
    """
    with training_group(pick_device(settings.device)) as (group, device):
        model, config = load_model(settings.checkpoint)
        digest = weights_digest(model.state_dict())
        splits = fitted_splits(settings, config, read_splits(settings), group)
        settings = settings.for_pictures(len(splits.train), len(splits.val))
        records = training_records(config, splits)
        outputs = chosen_outputs(settings, config, records, group)
        new = model.set_outputs(outputs)
        facts = AdapterFacts(
            targets=settings.lora_target or default_targets(model),
            base_checkpoint=settings.checkpoint.name,
            base_digest=digest,
            heads=settings.train_heads,
            panels=tuple(new),
            outputs=None if outputs == config.outputs == BASIC_OUTPUTS else outputs,
        )
        config = model.config
        torch.manual_seed(settings.seed)
        names = inject_lora(model, settings.lora_rank, settings.lora_alpha, settings.lora_target)
        trained = train_only_lora(model, settings.train_heads, new)
        log.info(
            "%s: LoRA of rank %d on %d layers, %.2f million weights to train, %d epochs on %d "
            "pictures, learning rate %g",
            settings.checkpoint,
            settings.lora_rank,
            len(names),
            sum(p.numel() for p in trained) / 1e6,
            settings.epochs,
            len(splits.train),
            settings.lr,
        )
        train_batches, val_batches = make_loaders(
            settings, config, splits, pin_memory=device.type == "cuda", group=group
        )
        model.start_panels_at(samples_of(train_batches).edits(), new)
        loss = make_loss(settings, config, train_batches)
        fresh = copy.deepcopy(model) if settings.folds else None
        trainer = Trainer(model, loss, settings, device, group)
        folder = settings.output
        style = mean_edit(config, records)
        if settings.resume:
            resume(trainer, model, folder / "last.pt", facts)
        run = RunFolder(settings, group)
        left_out = None
        if fresh:
            samples = samples_of(train_batches)
            left_out = CrossValidation(
                fresh, samples, loss, settings, digest, new, device, group
            ).run()
            del fresh
        if left_out:
            stop_after(trainer, left_out.epoch, folder / "lora_best.pt")
            log.info("%s", left_out)

        def save(result: EpochResult) -> None:
            epoch = result.epoch
            if result.best:
                save_lora(folder / "lora_best.pt", model, facts, epoch, extra=style)
            if epoch % settings.save_frequency == 0 or result.last:
                path = folder / f"lora_epoch{epoch:03d}.pt"
                save_lora(path, model, facts, epoch, extra=style)
            training = {**style, "training": trainer.state_dict()}
            save_lora(folder / "last.pt", model, facts, epoch, extra=training)

        run.train(trainer, train_batches, val_batches, save)
        log.info("%s: best loss %.4f", folder / "lora_best.pt", trainer.best)
        if group.leads and (folder / "lora_best.pt").is_file():
            best, _ = load_model(settings.checkpoint)
            blend_lora(best, [(folder / "lora_best.pt", 1.0)])
            log.info("%s", judge(best, train_batches, val_batches, device, "adapter", left_out))
    return folder / "lora_best.pt"


def stop_after(trainer: Trainer, epoch: int, best: Path) -> None:
    """End training with the epoch that is best.

    Raises:
        InputError: what was resumed is past it, and `best` is of another one.
    """
    trainer.stop_after = epoch
    if trainer.epoch < epoch or (best.is_file() and read_torch_file(best).get("epoch") == epoch):
        return
    raise InputError(
        f"{best.parent}: has been trained for {trainer.epoch} epochs, and by cross-validation "
        f"{epoch} are best: begin anew, without --resume"
    )


def resume(trainer: Trainer, model: AutoPilotRegressor, path: Path, facts: AdapterFacts) -> None:
    """Continue from last.pt; a missing one starts afresh.

    Raises:
        InputError: the file is of another base or other adapters, or damaged.
    """
    if not path.is_file():
        log.info("%s: not there; starting afresh", path)
        return
    content = read_torch_file(path)
    if not isinstance(content, dict) or not {"lora_state", "training"} <= content.keys():
        raise InputError(f"{path}: not what a fine-tuning leaves to resume from")
    if content.get("base_digest") != facts.base_digest:
        raise InputError(f"{path}: of another base than --checkpoint")
    wanted = lora_state(model, facts.heads, facts.panels)
    try:
        found = check_state(path, content["lora_state"], wanted, model.config.backbone.name)
        scales = [name for name in wanted if name.endswith((".alpha", ".rank"))]
        if any(found[name] != wanted[name] for name in scales):
            raise InputError(f"{path}: its alpha or rank is another")
    except InputError as error:
        raise InputError(f"{error}: not the fine-tuning that the flags ask for") from error
    weights = {name: found[name] for name in wanted if name not in scales}
    model.load_state_dict(weights, strict=False)
    trainer.resume(path, content)
