"""Training and LoRA as a user runs them, on simulated RAW files with known edits."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import run.lora_finetune
import run.train_autopilot
import stages.train.train
from dataset.manifest import make_entry, merge_manifest
from dataset.synthetic.write_dng import write_dng
from imaging.jpeg import write_preview
from imaging.preview import make_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from model.checkpoint import load_model
from model.lora import load_lora
from model.render import render
from params.ranges import neutral_params
from params.record import Record, write_record

REPO = Path(__file__).resolve().parents[2]
QUICK = ["--device", "cpu", "--workers", "0"]
SMALL = ["--backbone", "test_vit", "--image-size", "32", "--batch-size", "2", *QUICK]


def scene(seed: int) -> np.ndarray:
    """Coloured blobs of many sizes: enough structure for the registration."""
    import cv2

    random = np.random.default_rng(seed)
    picture = np.zeros((160, 240, 3), np.float32)
    for cells in (3, 8, 20, 50):
        grid = random.random((cells * 2 // 3 + 1, cells, 3), np.float32)
        picture += cv2.resize(grid, (240, 160), interpolation=cv2.INTER_CUBIC)
    return (picture / 8).clip(0.01, 0.9)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    """A manifest of six simulated RAW files and their edits: the dark ones are made brighter."""
    folder = tmp_path_factory.mktemp("Bilder ‘ä’ 1")
    entries = []
    for i in range(6):
        raw, tif = folder / f"photo {i}.dng", folder / f"photo {i}.tif"
        dark = i % 2
        write_dng(raw, scene(i) * (0.2 if dark else 1.0))
        pixels = read_raw_linear_prophoto(raw)
        params = neutral_params() | {"Exposure2012": 3.0 * dark, "Shadows2012": 80.0 * dark}
        write_tiff(tif, render(pixels, params))
        preview, data = folder / f"photo {i}.png", folder / f"photo {i}.json"
        write_preview(preview, make_preview(pixels))
        write_record(data, Record(params))
        split = "validation" if i >= 4 else "training"
        entries.append(
            make_entry(
                id=raw.stem, split=split, expert="c", raw=raw, tif=tif, preview=preview, data=data
            )
        )
    merge_manifest(folder / "manifest.jsonl", entries)
    return folder


def flags(pairs: Path) -> list[str]:
    return ["--manifest", str(pairs / "manifest.jsonl"), "--cache", str(pairs / "cache")]


@pytest.fixture
def inside(tmp_path, monkeypatch) -> Path:
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would, on one core so that it doesn't fight over the rest."""
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trained(pairs, tmp_path_factory) -> Path:
    """A run with the edit layer, as a subprocess from another folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    # A package of the same name in the current folder must not shadow ours.
    (elsewhere / "dataset.py").write_text("raise ImportError('the wrong dataset')")
    script = [sys.executable, str(REPO / "run" / "train_autopilot.py")]
    options = [
        "--use-edit-layer",
        "--edit-resolution",
        "64",
        "--epochs",
        "15",
        "--lr",
        "0.003",
        "--save_frequency",
        "5",
        "--output",
        "checkpoints",
    ]
    done = call([*script, *flags(pairs), *SMALL, *options], elsewhere)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return elsewhere / "checkpoints"


def test_training_writes_what_it_says(trained) -> None:
    names = sorted(p.name for p in trained.iterdir())
    assert names == [
        "args.json",
        "best.pt",
        "checkpoint_epoch005.pt",
        "checkpoint_epoch010.pt",
        "checkpoint_epoch015.pt",
        "curves.png",
        "last.pt",
        "log.csv",
        "validation.png",
    ]
    args = json.loads((trained / "args.json").read_text())
    assert (args["backbone"], args["edit_resolution"]) == ("test_vit", 64)
    log = rows(trained)
    assert [row["epoch"] for row in log] == [str(i + 1) for i in range(15)]
    assert all(float(row[name]) > 0 for row in log for name in ("train_image", "val_image", "lr"))
    assert float(log[-1]["train_loss"]) < 0.7 * float(log[0]["train_loss"])
    assert float(log[-1]["val_loss"]) < 0.8 * float(log[0]["val_loss"])


def test_checkpoints_load_and_only_last_has_the_optimiser(trained) -> None:
    model, config = load_model(trained / "best.pt")
    assert (config.backbone.name, config.backbone.image_size) == ("test_vit", 32)
    exposure = model(torch.full((1, 3, 32, 32), 0.5))["params_norm"]["Exposure2012"]
    assert -1 < exposure.item() < 1
    held = {p.name: set(torch.load(p, weights_only=True)) for p in trained.glob("*.pt")}
    assert "training" in held.pop("last.pt")
    keys = {"model", "config", "epoch", "stats", "val_stats", "mean_edit"}
    assert all(found == keys for found in held.values())
    best = torch.load(trained / "best.pt", weights_only=True)
    assert best["stats"]["spread"]["Exposure2012"] == pytest.approx(1.5, abs=1e-3)
    lowest = min(rows(trained), key=lambda row: float(row["val_loss"]))
    assert best["epoch"] == int(lowest["epoch"])


def test_resume_goes_on_to_the_same_numbers(pairs, tmp_path) -> None:
    common = [*flags(pairs), *SMALL, "--epochs", "3", "--output"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run.train_autopilot.main([*common, str(whole)]) == 0

    real = stages.train.train.RunFolder.add

    def stop(self, result):
        real(self, result)
        if result.epoch == 2:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages.train.train.RunFolder, "add", stop)
        assert run.train_autopilot.main([*common, str(broken)]) == 130
    assert run.train_autopilot.main([*common, str(broken), "--resume"]) == 0

    def losses(folder: Path) -> list[tuple[str, str, str]]:
        return [(row["epoch"], row["train_loss"], row["val_loss"]) for row in rows(folder)]

    assert losses(broken) == losses(whole)
    for name in ("last.pt", "best.pt"):
        one, other = (load_model(folder / name)[0].state_dict() for folder in (whole, broken))
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_lora_learns_the_style_and_is_small(pairs, trained, tmp_path) -> None:
    done = call(
        [
            sys.executable,
            "-m",
            "run.lora_finetune",
            *flags(pairs),
            *QUICK,
            "--checkpoint",
            str(trained / "best.pt"),
            "--output",
            str(tmp_path / "lora"),
            "--epochs",
            "4",
            "--batch-size",
            "2",
            "--lora-rank",
            "4",
            "--lr",
            "0.01",
            "--save-frequency",
            "2",
            "--use-edit-layer",
            "--edit-resolution",
            "64",
            "--image-loss-weight",
            "0.5",
        ],
        REPO,
    )
    assert done.returncode == 0, done.stderr
    [verdict] = [line for line in done.stderr.splitlines() if "the adapter is" in line]
    assert "nearer than one preset for all pictures on 2 pictures held out" in verdict
    folder = tmp_path / "lora"
    assert sorted(p.name for p in folder.iterdir()) == [
        "args.json",
        "curves.png",
        "last.pt",
        "log.csv",
        "lora_best.pt",
        "lora_epoch002.pt",
        "lora_epoch004.pt",
        "validation.png",
    ]
    log = rows(folder)
    assert float(log[-1]["train_loss"]) < float(log[0]["train_loss"])
    adapter = torch.load(folder / "lora_epoch004.pt", weights_only=True)
    assert adapter["lora_config"]["rank"] == 4
    assert adapter["base_checkpoint"] == "best.pt"
    assert not [key for key in adapter["lora_state"] if "head" in key]
    model, _ = load_model(trained / "best.pt")
    assert len(load_lora(model, folder / "lora_epoch004.pt")) == 24
    best = torch.load(folder / "lora_best.pt", weights_only=True)
    assert best["epoch"] == int(min(log, key=lambda row: float(row["val_loss"]))["epoch"])
    assert best.keys() == adapter.keys()


def test_lora_targets_and_heads(pairs, trained, tmp_path) -> None:
    status = run.lora_finetune.main(
        [
            *flags(pairs),
            *QUICK,
            "--checkpoint",
            str(trained / "best.pt"),
            "--epochs",
            "1",
            "--output",
            str(tmp_path),
            "--train-heads",
            "--lora-target",
            "*.qkv",
            "*.fc1",
        ]
    )
    assert status == 0
    adapter = torch.load(tmp_path / "lora_epoch001.pt", weights_only=True)
    assert adapter["lora_config"]["target_patterns"] == ["*.qkv", "*.fc1"]
    layers = [key for key in adapter["lora_state"] if key.endswith("lora_up")]
    assert len(layers) == 12
    assert "sliders_head.proj.weight" in adapter["lora_state"]


def test_limits_and_missing_validation(pairs, tmp_path, capsys) -> None:
    status = run.train_autopilot.main(
        [
            *flags(pairs),
            *SMALL,
            "--epochs",
            "1",
            "--output",
            str(tmp_path),
            "--train-limit",
            "3",
            "--val-split",
            "testing",
        ]
    )
    assert status == 0
    err = capsys.readouterr().err
    assert "no pictures are held out, so nobody can say" in err
    assert "nothing in split testing" in err
    assert "0/2" in err  # the bar as it begins: three pictures, two a step
    assert rows(tmp_path)[0]["val_loss"] == ""
    assert (tmp_path / "best.pt").is_file()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--train-split", "debugging"], "nothing in split debugging; it has: training"),
        (["--backbone", "no_such_model"], "no_such_model"),
        (["--backbone-weights", "nowhere.pt"], "nowhere.pt"),
        (["--lr", "1e30"], "training stopped"),
        (["--output", "a_file/below"], "a_file"),
    ],
)
def test_errors_are_one_line_with_status_1(pairs, inside, capsys, options, text) -> None:
    Path("a_file").touch()
    common = [*flags(pairs), *SMALL, "--epochs", "3", "--output", "out"]
    assert run.train_autopilot.main([*common, *options]) == 1
    check_one_error(capsys.readouterr().err, text)
    assert not list(inside.rglob("*.part*"))


def check_one_error(err: str, text: str) -> None:
    assert "Traceback" not in err
    errors = [line for line in err.splitlines() if line.startswith("ERROR")]
    assert len(errors) == 1
    assert text in errors[0]


def test_pretrained_without_network(pairs, tmp_path, monkeypatch, capsys) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    common = [*flags(pairs), *SMALL, "--output", str(tmp_path)]
    assert run.train_autopilot.main([*common, "--pretrained-backbone"]) == 1
    check_one_error(capsys.readouterr().err, "--backbone-weights FILE")


def test_a_real_run_that_fails_prints_one_line(tmp_path) -> None:
    script = [sys.executable, str(REPO / "run" / "train_autopilot.py")]
    done = call([*script, *SMALL, "--manifest", "nowhere.jsonl"], tmp_path)
    assert done.returncode == 1
    check_one_error(done.stderr, "nowhere.jsonl")


@pytest.mark.parametrize("module", [run.train_autopilot, run.lora_finetune])
def test_wrong_calls_have_status_2(module, capsys) -> None:
    for wrong in (["--epochs", "0"], ["--image-loss-weight", "2"], ["--no-such-flag"]):
        with pytest.raises(SystemExit) as left:
            module.main(["--checkpoint", "x", *wrong] if "lora" in module.__name__ else wrong)
        assert left.value.code == 2
    with pytest.raises(SystemExit) as left:
        module.main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "Example:" in text
    assert "(default: 512)" in text


def test_fits_of_another_process_are_made_anew(pairs, trained, tmp_path, capsys) -> None:
    for file in pairs.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = (pairs / "manifest.jsonl").read_text().replace(f"{pairs}/", "")
    (tmp_path / "manifest.jsonl").write_text(lines)
    common = [
        *flags(tmp_path),
        *QUICK,
        "--batch-size",
        "2",
        "--epochs",
        "1",
        "--train-limit",
        "1",
        "--val-limit",
        "1",
        "--output",
    ]
    small = ["--backbone", "test_vit", "--image-size", "32"]
    out = tmp_path / "out"
    assert run.train_autopilot.main([*common, str(out), *small, "--process", "2"]) == 0
    assert load_model(out / "best.pt")[1].process == 2
    assert len(list(tmp_path.glob("photo ?__p2.json"))) == 2
    # LoRA takes the base's process: of fits of process 2 it makes fits of process 1.
    for file in tmp_path.glob("photo ?__p2.json"):
        file.replace(file.with_name(file.name.replace("__p2", "")))
    base = ["--checkpoint", str(trained / "best.pt")]
    assert run.lora_finetune.main([*common, str(tmp_path / "lora"), *base]) == 0
    assert len(list(tmp_path.glob("photo ?__p1.json"))) == 2
    assert not [line for line in capsys.readouterr().err.splitlines() if "ERROR" in line]
    (tmp_path / "photo 0.json").write_bytes((pairs / "photo 0.json").read_bytes())
    assert run.train_autopilot.main([*common, str(out), *small]) == 1
    check_one_error(capsys.readouterr().err, "choose one with --process")


def test_lora_refuses_what_is_no_model(pairs, trained, tmp_path, capsys) -> None:
    (tmp_path / "bomb.pt").write_bytes(b"cos\nsystem\n(S'touch went_off'\ntR.")
    status = run.lora_finetune.main(
        [
            *flags(pairs),
            *QUICK,
            "--checkpoint",
            str(tmp_path / "bomb.pt"),
            "--output",
            str(tmp_path / "out"),
        ]
    )
    assert status == 1
    assert "bomb.pt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
