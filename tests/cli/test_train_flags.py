"""The flags of training and fine-tuning become settings, field by field."""

import argparse
import dataclasses
from pathlib import Path

import pytest

import run.lora_finetune
import run.train_autopilot
from cli.train_flags import lora_settings, train_settings
from cli.types import WrongCallError
from params.files import InputError
from stages.train.settings import (
    DEFAULTS,
    STATISTICS_DEFAULTS,
    LoraSettings,
    TrainSettings,
)


def test_without_flags_the_settings_are_the_defaults() -> None:
    args = run.train_autopilot.build_parser().parse_args([])
    assert train_settings(args) == TrainSettings()
    args = run.lora_finetune.build_parser().parse_args(["--checkpoint", "base.pt"])
    assert lora_settings(args) == LoraSettings(checkpoint=Path("base.pt"))
    trained, tuned = TrainSettings(), LoraSettings(checkpoint=Path("base.pt"))
    assert (trained.epochs, trained.batch_size, trained.lr) == (20, 32, 3e-4)
    assert (tuned.epochs, tuned.batch_size, tuned.lr) == (None, 8, None)  # by the set


def as_recorded(args: argparse.Namespace) -> dict[str, object]:
    return {name: str(v) if isinstance(v, Path) else v for name, v in vars(args).items()}


def test_every_flag_reaches_the_settings_and_args_json() -> None:
    words = "--backbone test_vit --metadata film --process 2 --ema 0.9"
    words += " --no-flip --train-limit 3 --output o --debug"
    args = run.train_autopilot.build_parser().parse_args(words.split())
    assert train_settings(args).as_json() == as_recorded(args) | {"epochs": 20, "lr": 3e-4}
    words = "--checkpoint b.pt --lora-target a b --lora-rank 4 --train-heads --cache c --resume"
    args = run.lora_finetune.build_parser().parse_args(words.split())
    settings = lora_settings(args)
    assert settings.as_json() | {"lora_target": ["a", "b"]} == as_recorded(args)
    assert settings.lora_target == ("a", "b")


def test_the_statistics_backbone_has_defaults_of_its_own() -> None:
    parse = run.train_autopilot.build_parser().parse_args
    settings = train_settings(parse(["--backbone", "statistics"]))
    assert settings == TrainSettings(backbone="statistics")
    assert {"epochs": settings.epochs, "lr": settings.lr} == STATISTICS_DEFAULTS
    settings = train_settings(parse(["--backbone", "statistics", "--lr", "3e-4", "--epochs", "20"]))
    assert {"epochs": settings.epochs, "lr": settings.lr} == DEFAULTS
    with pytest.raises(InputError, match="no pretrained weights"):
        TrainSettings(backbone="statistics", pretrained_backbone=True)
    with pytest.raises(WrongCallError, match="no pretrained weights"):
        train_settings(parse(["--backbone", "statistics", "--pretrained-backbone"]))


def test_settings_cannot_be_changed() -> None:
    settings = TrainSettings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.epochs = 3  # type: ignore[misc]
    assert settings.picture_weight == 0.0
    assert TrainSettings(use_edit_layer=True, image_loss_weight=0.4).picture_weight == 0.4
