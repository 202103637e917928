"""Training and fine-tuning without a command line."""

import json
from pathlib import Path

import pytest

from dataset.synthetic.make_set import Recipe, make_set
from model.checkpoint import load_model
from model.lora import load_lora
from params.files import InputError
from stages.train.finetune import finetune
from stages.train.settings import LoraSettings, TrainSettings
from stages.train.train import train

QUICK = {"epochs": 1, "batch_size": 2, "workers": 0, "device": "cpu"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    make_set(Recipe(pictures=6, styles=("airy",), process=1), folder)
    return folder / "dataset_manifest.jsonl"


def test_train_and_finetune(manifest: Path, tmp_path: Path) -> None:
    common = {"manifest": manifest, "cache": tmp_path / "cache", **QUICK}
    settings = TrainSettings(
        **common, output=tmp_path / "base", backbone="test_vit", image_size=32, curve_knots=8
    )
    best = train(settings)
    assert best == tmp_path / "base" / "best.pt"
    model, config = load_model(best)
    assert (config.backbone.name, config.backbone.image_size) == ("test_vit", 32)
    assert (config.knots, config.process) == (8, 1)
    recorded = json.loads((tmp_path / "base" / "args.json").read_text())
    assert recorded == settings.as_json()

    lora = LoraSettings(
        **common, output=tmp_path / "lora", checkpoint=best, lora_rank=2, lora_target=("*.qkv",)
    )
    adapter = finetune(lora)
    assert adapter == tmp_path / "lora" / "lora_best.pt"
    assert len(load_lora(model, adapter)) == 6


def test_what_is_wrong_is_an_input_error(manifest: Path, tmp_path: Path) -> None:
    common = {"output": tmp_path / "out", "cache": tmp_path / "cache", **QUICK}
    with pytest.raises(InputError, match="nothing in split none"):
        train(TrainSettings(manifest=manifest, train_split="none", **common))
    with pytest.raises(InputError, match="nowhere"):
        finetune(LoraSettings(manifest=manifest, checkpoint=tmp_path / "nowhere.pt", **common))
    assert not (tmp_path / "out").exists()
