"""lora_finetune.py --resume: an interrupted fine-tuning goes on to the same adapter."""

import csv
from pathlib import Path

import pytest
import torch

import run.lora_finetune
import stages.train.finetune
from dataset.synthetic.make_set import Recipe, make_set
from model.checkpoint import load_model
from model.lora import load_lora
from params.files import InputError

OPTIONS = [
    "--epochs",
    "4",
    "--batch-size",
    "2",
    "--lora-rank",
    "2",
    "--workers",
    "1",
    "--device",
    "cpu",
    "--lr",
    "0.01",
    "--ema",
    "0.9",
]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    make_set(Recipe(pictures=6, styles=("airy",), process=1), folder)
    return folder / "dataset_manifest.jsonl"


def words(manifest: Path, checkpoint: Path, output: Path) -> list[str]:
    cache = manifest.parent / "cache"
    common = ["--manifest", manifest, "--checkpoint", checkpoint, "--output", output]
    return [str(word) for word in (*common, "--cache", cache, *OPTIONS)]


def interrupt_after(epoch: int, patch: pytest.MonkeyPatch) -> None:
    """As if killed while the next epoch trains."""
    real = stages.train.finetune.Trainer._train_epoch

    def train(self, batches, number):
        if number == epoch + 1:
            raise KeyboardInterrupt
        return real(self, batches, number)

    patch.setattr(stages.train.finetune.Trainer, "_train_epoch", train)


@pytest.fixture(scope="module")
def broken(manifest, checkpoint, tmp_path_factory) -> Path:
    """A run with trained heads, interrupted after two of four epochs."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(2, patch)
        given = [*words(manifest, checkpoint, folder), "--train-heads"]
        assert run.lora_finetune.main(given) == 130
    return folder


def test_resumed_is_unbroken(manifest, checkpoint, broken, tmp_path, capsys) -> None:
    whole = tmp_path / "whole"
    assert run.lora_finetune.main([*words(manifest, checkpoint, whole), "--train-heads"]) == 0
    last = torch.load(broken / "last.pt", weights_only=True)
    assert last["epoch"] == 2
    again = [*words(manifest, checkpoint, broken), "--train-heads", "--resume"]
    assert run.lora_finetune.main(again) == 0
    assert "going on after epoch 2" in capsys.readouterr().err

    def log(folder: Path) -> list[tuple[str, ...]]:
        with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
            return [
                tuple(row[n] for n in ("epoch", "train_loss", "lr")) for row in csv.DictReader(file)
            ]

    assert len(log(whole)) == 4
    assert log(broken) == log(whole)
    one, other = (
        torch.load(folder / "lora_epoch004.pt", weights_only=True) for folder in (whole, broken)
    )
    assert "training" not in one
    assert one["lora_state"].keys() == other["lora_state"].keys()
    assert all(torch.equal(v, other["lora_state"][k]) for k, v in one["lora_state"].items())
    # A finished run has nothing left to do.
    before = (broken / "lora_epoch004.pt").stat().st_mtime_ns
    assert run.lora_finetune.main(again) == 0
    assert (broken / "lora_epoch004.pt").stat().st_mtime_ns == before


def test_last_is_an_adapter_too(broken, checkpoint) -> None:
    model, _ = load_model(checkpoint)
    assert len(load_lora(model, broken / "last.pt")) == 24


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ([], "not the fine-tuning that the flags ask for"),  # without heads
        (["--train-heads", "--lora-rank", "3"], "not the fine-tuning that the flags ask for"),
        (["--train-heads", "--lora-alpha", "2"], "its alpha or rank is another"),
        (["--train-heads", "--lora-target", "*.qkv"], "not the fine-tuning that the flags ask"),
        (["--train-heads", "--ema", "0"], "--ema was on"),
    ],
)
def test_other_flags_are_refused(manifest, checkpoint, broken, capsys, change, text) -> None:
    kept = {file: file.read_bytes() for file in broken.iterdir()}
    given = [*words(manifest, checkpoint, broken), "--resume", *change]
    assert run.lora_finetune.main(given) == 1
    [line] = [x for x in capsys.readouterr().err.splitlines() if x.startswith("ERROR")]
    assert "last.pt" in line
    assert text in line
    assert {file: file.read_bytes() for file in broken.iterdir()} == kept


def test_another_base_and_damaged_files_are_refused(
    manifest, checkpoint, broken, tmp_path, capsys
) -> None:
    content = torch.load(broken / "last.pt", weights_only=True)
    state = content["lora_state"]
    name = next(key for key in state if key.endswith("lora_up"))
    for change, text in (
        ({"base_digest": "0" * 64}, "of another base than --checkpoint"),
        ({"lora_state": state | {name: state[name] * float("nan")}}, "not finite"),
        ({"training": {"epoch": 1}}, "cannot be resumed"),
        ({"training": "soon"}, "cannot be resumed"),
    ):
        torch.save(content | change, tmp_path / "last.pt")
        given = [*words(manifest, checkpoint, tmp_path), "--train-heads", "--resume"]
        assert run.lora_finetune.main(given) == 1
        assert text in capsys.readouterr().err
    del content["training"]
    torch.save(content, tmp_path / "last.pt")
    assert run.lora_finetune.main(given) == 1
    assert "not what a fine-tuning leaves" in capsys.readouterr().err
    with pytest.raises(InputError):
        load_model(tmp_path / "last.pt")
