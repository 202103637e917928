"""Flags of training and LoRA fine-tuning, and the settings they ask for."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from cli.types import panels_or_auto, real, whole_number, wrong_call
from cli.where_flags import add_cache_size, cluster_flags
from model.config import FUSIONS, RESIDUALS
from params.edit_process import MASKS, PROCESSES
from params.outputs import BASIC, panel_words
from params.panels import PANELS
from stages.train.settings import (
    DEFAULTS,
    ENOUGH_HELD_OUT,
    FIXED,
    FOLDS,
    LEARNERS,
    MOST_CROSS_VALIDATED,
    MOST_RIDGE,
    STATISTICS_DEFAULTS,
    LoraSettings,
    RunSettings,
    TrainSettings,
)

_PANELS = [name for name in PANELS if name != BASIC]


def training_flags(settings: type[RunSettings]) -> argparse.ArgumentParser:
    """Parent parser of both commands, with the defaults of their own settings."""
    parent = argparse.ArgumentParser(add_help=False, parents=[cluster_flags()])
    data = parent.add_argument_group("data")
    data.add_argument(
        "--manifest", type=Path, default=settings.manifest, help="JSONL manifest of the fit"
    )
    data.add_argument("--train-split", default=settings.train_split, help="split to train on")
    data.add_argument("--val-split", default=settings.val_split, help="split to validate on")
    data.add_argument("--train-limit", type=whole_number(1), help="at most this many to train on")
    data.add_argument("--val-limit", type=whole_number(1), help="at most this many to validate on")
    data.add_argument(
        "--workers",
        type=whole_number(0),
        default=settings.workers,
        help="processes that load data",
    )
    data.add_argument("--cache", type=Path, default=settings.cache, help="folder of decoded data")
    add_cache_size(data)
    loss = parent.add_argument_group("loss")
    loss.add_argument(
        "--use-edit-layer",
        action="store_true",
        help="compare rendered pictures as well; needs the RAW and TIFF files",
    )
    loss.add_argument(
        "--image-loss-weight",
        type=real(0.0, 1.0),
        default=settings.image_loss_weight,
        help="weight of the picture loss against the parameter loss, with --use-edit-layer",
    )
    loss.add_argument(
        "--edit-resolution",
        type=whole_number(1),
        default=settings.edit_resolution,
        help="long side at which edits are rendered in training; lower needs less memory",
    )
    learnt = parent.add_argument_group("what is learnt")
    learnt.add_argument(
        "--sliders",
        type=panels_or_auto,
        default=settings.sliders,
        metavar="auto|basic|PANEL,...",
        help="beside the ten sliders and the tone curve: what varies in the training set (auto), "
        f"nothing (basic), or what varies of these panels: {panel_words(_PANELS)}",
    )
    _add_loop_flags(parent, settings)
    return parent


def _add_loop_flags(parent: argparse.ArgumentParser, settings: type[RunSettings]) -> None:
    loop = parent.add_argument_group("training")
    loop.add_argument(
        "--epochs",
        type=whole_number(1),
        default=settings.epochs,
        help="passes over the data" + _by_backbone(settings, "epochs"),
    )
    loop.add_argument(
        "--batch-size", type=whole_number(1), default=settings.batch_size, help="pictures a step"
    )
    loop.add_argument(
        "--lr",
        type=real(1e-12),
        default=settings.lr,
        help="highest learning rate" + _by_backbone(settings, "lr"),
    )
    loop.add_argument(
        "--weight-decay", type=real(0.0), default=settings.weight_decay, help="AdamW's decay"
    )
    loop.add_argument(
        "--ema",
        type=real(0.0, 0.99999),
        default=settings.ema,
        metavar="DECAY",
        help="average the weights over the steps, such as 0.999, and use the average; 0: don't",
    )
    loop.add_argument(
        "--patience",
        type=whole_number(0),
        default=settings.patience,
        metavar="N",
        help="stop after N epochs without a better one; 0: never",
    )
    loop.add_argument(
        "--flip",
        action=argparse.BooleanOptionalAction,
        default=settings.flip,
        help="mirror every other picture in training",
    )
    loop.add_argument(
        "--seed", type=whole_number(0), default=settings.seed, help="of weights and order"
    )
    loop.add_argument("--amp", action="store_true", help="mixed precision (CUDA)")
    loop.add_argument(
        "--save-frequency",
        type=whole_number(1),
        default=settings.save_frequency,
        help="write a checkpoint every N epochs",
    )
    loop.add_argument(
        "--tensorboard",
        action="store_true",
        help="write events for TensorBoard as well, to tensorboard/ in the output folder",
    )


def _by_backbone(settings: type[RunSettings], name: str) -> str:
    """For a flag's help: its defaults where they are the backbone's."""
    if getattr(settings, name) is not None:
        return ""
    if settings is LoraSettings:
        return "; by default what suits the number of pictures"
    return f" (default: {DEFAULTS[name]:g}; {STATISTICS_DEFAULTS[name]:g} for statistics)"


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of the model that is trained."""
    model = parser.add_argument_group("model")
    model.add_argument(
        "--backbone",
        default=TrainSettings.backbone,
        help="any timm model, or statistics: some 200 numbers of each RAW file, small and quick",
    )
    model.add_argument(
        "--image-size",
        type=whole_number(16, 2048),
        default=TrainSettings.image_size,
        help="model input, pixels",
    )
    start = model.add_mutually_exclusive_group()
    start.add_argument(
        "--pretrained-backbone", action="store_true", help="timm's weights, from the network"
    )
    start.add_argument("--backbone-weights", type=Path, help="the backbone's weights from a file")
    model.add_argument(
        "--curve-knots",
        type=whole_number(2, 1024),
        default=TrainSettings.curve_knots,
        help="of the tone curve",
    )
    model.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        help="edit process; the fits' own if not given. Fits of another are made anew for it",
    )
    model.add_argument(
        "--metadata",
        choices=FUSIONS,
        default=TrainSettings.metadata,
        help="how the model learns of ISO, shutter, aperture and camera: they scale and shift "
        "its features (film), or stand beside them (concat)",
    )
    model.add_argument(
        "--residual",
        choices=RESIDUALS,
        default=TrainSettings.residual,
        help="learn sliders as differences to each picture's automatic edit (auto); process 2",
    )
    model.add_argument(
        "--learner",
        choices=LEARNERS,
        default=TrainSettings.learner,
        help="linear heads solved at once, regularised by cross-validation (ridge), or steps of "
        f"gradients; auto: ridge for --backbone statistics and at most {MOST_RIDGE} pictures",
    )
    model.add_argument(
        "--masks", choices=MASKS, default=TrainSettings.masks, help="regional masks of the fits"
    )


def add_lora_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of the adapters, and of the base they are trained on."""
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="the base model, or hf://owner/repo/file.pt"
    )
    lora = parser.add_argument_group("LoRA")
    lora.add_argument(
        "--lora-rank",
        type=whole_number(1, 1024),
        default=LoraSettings.lora_rank,
        help="adapter rank",
    )
    lora.add_argument(
        "--lora-alpha", type=real(1e-6), default=LoraSettings.lora_alpha, help="scaling factor"
    )
    lora.add_argument(
        "--lora-target",
        nargs="+",
        action="extend",
        metavar="PATTERN",
        help="module patterns relative to the backbone, such as 'encoder.blocks.*.attn.qkv'; "
        "if not given attention and MLP layers, the one layer of statistics, or all convolutions",
    )
    lora.add_argument(
        "--folds",
        type=whole_number(0, 20),
        metavar="N",
        help="choose the best epoch by cross-validation in N parts of the training split; 0: by "
        f"the validation split. If not given {FOLDS} for up to {MOST_CROSS_VALIDATED} pictures "
        f"with fewer than {ENOUGH_HELD_OUT} held out, without --epochs",
    )
    lora.add_argument(
        "--train-heads", action="store_true", help="fine-tune slider and tone curve heads as well"
    )


def add_run_flags(parser: argparse.ArgumentParser, output: Path) -> None:
    """The flags of the run's folder, `output` if not given."""
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=output, help="folder to write to")
    out.add_argument(
        "--resume", action="store_true", help="go on from last.pt in the output folder, if any"
    )


@wrong_call()
def train_settings(args: argparse.Namespace) -> TrainSettings:
    """The settings that the flags of training ask for: each field has a flag of its name."""
    return TrainSettings(**_by_name(TrainSettings, args))


@wrong_call()
def lora_settings(args: argparse.Namespace) -> LoraSettings:
    """The settings that the flags of fine-tuning ask for: each field has a flag of its name."""
    given = _by_name(LoraSettings, args)
    target = given.pop("lora_target")
    return LoraSettings(**given, lora_target=tuple(target) if target else None)


def _by_name(settings: type[RunSettings], args: argparse.Namespace) -> dict[str, Any]:
    return {f.name: getattr(args, f.name) for f in fields(settings) if f.name not in FIXED}
