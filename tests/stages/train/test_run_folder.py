import builtins
import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from PIL import Image
from torch import nn

from model.distributed import Group
from model.engine import EpochResult, LoopSettings, Trainer
from model.losses import HybridLoss
from params.files import InputError
from params.ranges import SLIDER_NAMES
from report.charts import TRAIN, VAL, draw_curves, points
from stages.train.run_folder import RunFolder
from stages.train.settings import TrainSettings


def result(epoch: int, loss: float = 0.5) -> EpochResult:
    parts = {"loss": loss, "params": loss / 2}
    return EpochResult(epoch, parts, {"loss": loss + 0.1}, 1e-3, 1.0, best=True, last=epoch == 3)


def settings(folder: Path, tensorboard: bool = False) -> TrainSettings:
    return TrainSettings(output=folder, tensorboard=tensorboard, epochs=3)


def test_rows_and_curves(tmp_path: Path) -> None:
    folder = RunFolder(settings(tmp_path))
    for epoch, loss in ((1, 0.8), (2, 0.4), (3, 0.2)):
        folder.add(result(epoch, loss))
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert points(rows, "train_loss") == [(1, 0.8), (2, 0.4), (3, 0.2)]
    assert points(rows, "val_loss") == [(1, 0.9), (2, 0.5), (3, 0.3)]
    assert points(rows, "train_image") == []
    pixels = np.asarray(Image.open(tmp_path / "curves.png").convert("RGB")).astype(int)
    # Three panels (there is no picture part), and the lines fall from left to right.
    assert pixels.shape[0] == 3 * 260 + 60
    places = {}
    for colour in (TRAIN, VAL):
        rgb = 255 * np.array(to_rgb(colour))
        down, across = np.nonzero(np.abs(pixels[:260] - rgb).sum(-1) < 60)
        assert down[across < 200].mean() < down[across > 500].mean() - 50
        places[colour] = down.mean()
    assert places[VAL] < places[TRAIN]  # the validation loss is the higher one


def test_curves_of_a_log_that_somebody_edited(tmp_path: Path) -> None:
    rows = [
        {"epoch": "1", "train_loss": "0.5"},
        {"epoch": "2", "train_loss": "what"},
        {"epoch": "3", "train_loss": "nan"},
    ]
    assert points(rows, "train_loss") == [(1, 0.5)]
    draw_curves(tmp_path / "one.png", rows)
    draw_curves(tmp_path / "none.png", [{"epoch": "1"}])
    assert Image.open(tmp_path / "none.png").size[0] == Image.open(tmp_path / "one.png").size[0]


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    RunFolder(settings(tmp_path / "run"), group=Group(1, 2))
    assert not (tmp_path / "run").exists()


def test_events(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = RunFolder(settings(tmp_path, tensorboard=True))
    for epoch in (1, 2):
        folder.add(result(epoch, 0.5 / epoch))
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    found = [(event.step, event.value) for event in events.Scalars("loss/train")]
    assert found == [(1, 0.5), (2, 0.25)]
    # The next run begins with none.
    RunFolder(settings(tmp_path))
    assert (tmp_path / "earlier_001" / "tensorboard").is_dir()


def test_earlier_runs_go_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "earlier_002").mkdir()  # the first one has been thrown away
    for number in (1, 3):
        RunFolder(settings(tmp_path)).add(result(1))
        RunFolder(settings(tmp_path))
        assert (tmp_path / f"earlier_{number:03d}" / "log.csv").is_file()


def test_without_tensorboard_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *more: Any) -> Any:
        if "tensorboard" in name:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match="pip install tensorboard"):
        RunFolder(settings(tmp_path / "run", tensorboard=True))


class Off(nn.Module):
    """Good predictions for one epoch, then none."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.calls = 0

    def forward(self, image: torch.Tensor) -> dict[str, dict[str, torch.Tensor]]:
        self.calls += 1
        value = self.weight + (float("nan") if self.calls > 2 else 0.0)
        curve = (torch.linspace(0, 1, 16) + value).repeat(len(image), 1)
        sliders = {name: value.expand(len(image)) for name in SLIDER_NAMES}
        return {"params_norm": sliders | {"ToneCurve": curve}}


def test_a_run_gone_wrong_names_the_last_good_checkpoint(tmp_path: Path) -> None:
    params = {name: torch.zeros(2) for name in SLIDER_NAMES}
    batch = {
        "id": ["a", "b"],
        "image": torch.zeros(2, 3, 4, 4),
        "params": params | {"ToneCurve": torch.linspace(0, 1, 16).repeat(2, 1)},
    }
    for saves, said in ((True, f"checkpoint is {tmp_path / 'best.pt'}"), (False, "no epoch was")):
        trainer = Trainer(Off(), HybridLoss(), LoopSettings(epochs=3), torch.device("cpu"))
        folder = RunFolder(settings(tmp_path))
        if not saves:
            trainer.model.calls = 2

        def save(result: EpochResult) -> None:
            (tmp_path / "best.pt").touch()

        steps = [batch, batch] if saves else [batch]
        pattern = r"the loss is nan in epoch \d, step 1 .*" + re.escape(said)
        with pytest.raises(InputError, match=pattern):
            folder.train(trainer, steps, None, save)
