"""Runs that are killed, and runs of several processes: the numbers of one unbroken run."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from test_train import QUICK, REPO, SMALL, flags, pairs  # noqa: F401

import run.lora_finetune
import run.train_autopilot

pytestmark = pytest.mark.slow

SCRIPT = str(REPO / "run" / "train_autopilot.py")
LAYER = ["--use-edit-layer", "--edit-resolution", "64"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in the other processes: sums depend on it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def losses(folder: Path) -> list[list[str]]:
    with (folder / "log.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [[value for name, value in row.items() if name != "seconds"] for row in rows]


def check_same_losses(together: Path, alone: Path) -> None:
    for ours, theirs in zip(losses(together), losses(alone), strict=True):
        numbers = [[float(v) for v in row if v] for row in (ours, theirs)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-4, abs=2e-6)


def weights(file: Path) -> dict[str, torch.Tensor]:
    return torch.load(file, weights_only=True)["model"]


def call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ONE_THREAD)
    assert done.returncode == 0, done.stderr


def test_a_killed_run_goes_on_to_the_same_numbers(pairs: Path, tmp_path: Path) -> None:  # noqa: F811
    common = [
        *flags(pairs),
        *SMALL,
        "--epochs",
        "6",
        "--ema",
        "0.9",
        "--batch-size",
        "1",
        *LAYER,
        "--output",
    ]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run.train_autopilot.main([*common, str(whole)]) == 0
    process = subprocess.Popen(
        [sys.executable, SCRIPT, *common, str(broken)], stderr=subprocess.DEVNULL, env=ONE_THREAD
    )
    wait_for_rows(broken, 2, process)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert run.train_autopilot.main([*common, str(broken), "--resume"]) == 0
    assert losses(broken) == losses(whole)
    for name in ("best.pt", "last.pt", "checkpoint_epoch006.pt"):
        one, other = weights(whole / name), weights(broken / name)
        assert all(torch.equal(one[key], other[key]) for key in one)


def wait_for_rows(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Return in the middle of a later epoch (or of writing its files)."""
    for _ in range(6000):
        assert process.poll() is None, "it ended before it could be killed"
        if (folder / "log.csv").is_file() and len(losses(folder)) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("no epoch was finished")


def test_two_processes_train_as_one(pairs: Path, tmp_path: Path) -> None:  # noqa: F811
    """Batches of 2: the last one of three pictures leaves one process without a share.

    The encoder holds weights that its features don't need, which DDP doesn't take by itself.
    """
    common = [
        *flags(pairs),
        *SMALL,
        *LAYER,
        "--epochs",
        "3",
        "--train-limit",
        "3",
        "--ema",
        "0.9",
        "--lr",
        "0.001",
        "--backbone",
        "test_convnext",
    ]
    alone, together = tmp_path / "alone", tmp_path / "together"
    assert run.train_autopilot.main([*common, "--batch-size", "2", "--output", str(alone)]) == 0
    call([*TORCHRUN, SCRIPT, *common, "--batch-size", "1", "--output", str(together)])
    check_same_losses(together, alone)
    one, other = weights(alone / "last.pt"), weights(together / "last.pt")
    for name, value in one.items():
        assert torch.allclose(value, other[name], atol=2e-5), name
    assert sorted(p.name for p in alone.iterdir()) == sorted(p.name for p in together.iterdir())
    # It did learn: the start is another model.
    first = weights(alone / "checkpoint_epoch001.pt")
    assert max(float((one[n] - first[n]).abs().max()) for n in one) > 1e-3


def test_two_processes_fine_tune_as_one(pairs: Path, checkpoint: Path, tmp_path: Path) -> None:  # noqa: F811
    script = str(REPO / "run" / "lora_finetune.py")
    common = [
        *flags(pairs),
        *QUICK,
        "--checkpoint",
        str(checkpoint),
        "--epochs",
        "2",
        "--train-limit",
        "3",
        "--lr",
        "0.001",
    ]
    alone, together = tmp_path / "alone", tmp_path / "together"
    assert run.lora_finetune.main([*common, "--batch-size", "2", "--output", str(alone)]) == 0
    call([*TORCHRUN, script, *common, "--batch-size", "1", "--output", str(together)])
    check_same_losses(together, alone)
    assert sorted(p.name for p in alone.iterdir()) == sorted(p.name for p in together.iterdir())
