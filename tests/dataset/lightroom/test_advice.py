import shlex
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dataset.lightroom.advice import ENOUGH, LEAST, expected, next_step, pictures_that_count
from dataset.lightroom.edit import Edit
from run.train_autopilot import build_parser

START = datetime(2024, 5, 1, 10)


def at(seconds: float) -> Edit:
    raw = Path(f"{seconds}.dng")
    taken = START + timedelta(seconds=seconds)
    return Edit(raw, "sidecar", raw, taken=taken, camera="Z 6")


def test_bursts_count_once() -> None:
    edits = [at(0), at(1), at(2), at(60), at(61), at(300)]
    assert pictures_that_count(edits) == 3
    assert pictures_that_count([Edit(Path("a"), "sidecar", Path("a"))] * 2) == 2  # no date


def test_a_handful_makes_a_preset() -> None:
    assert expected(0) == []
    assert expected(1)[0].startswith("warning: 1 picture to learn from")
    assert expected(LEAST - 1)[0].startswith(f"warning: {LEAST - 1} pictures")
    assert "scripts/style_preset.py --manifest m.jsonl" in next_step(LEAST - 1, "m.jsonl")


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("count", [LEAST, ENOUGH - 1, ENOUGH, 5000])
def test_more_are_learnt_by_a_command_that_is_there(count: int, process: int) -> None:
    [line] = expected(count)
    assert line.startswith(f"advice: {count} pictures to learn from, bursts counted once")
    assert ("more still help" in line) == (count < ENOUGH)
    name = "it's mine.jsonl"
    command = next_step(count, name, process).partition("python run/train_autopilot.py ")[2]
    args = build_parser().parse_args(shlex.split(command))
    assert args.manifest == Path(name)
    assert (args.backbone, args.residual) == ("statistics", "auto" if process == 2 else "none")
