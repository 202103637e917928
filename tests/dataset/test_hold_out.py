"""Pictures held out of one's own set: a share, whole bursts, the same ones every time."""

from pathlib import Path

import pytest

import dataset.hold_out as module
from dataset.hold_out import TRAINING, VALIDATION, hold_out
from dataset.splits import Capture


@pytest.fixture(autouse=True)
def _times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files named burst-N-… are taken in second N, the others far apart."""

    def capture(raw: Path) -> Capture:
        parts = raw.stem.split("-")
        if parts[0] == "burst":
            return Capture("Cam", "Cam 1", 1e6 + float(parts[1]))
        return Capture("Cam", "Cam 1", 100.0 * int(parts[-1]))

    monkeypatch.setattr(module, "capture_of_raw", capture)


def shoot(count: int) -> list[Path]:
    return [Path(f"shoot/photo-{number}.dng") for number in range(count)]


def test_about_a_share_is_held_out_and_a_picture_stays_where_it_is_when_others_come() -> None:
    few, many = hold_out(shoot(200), 0.2), hold_out(shoot(400), 0.2)
    assert 20 < few.count(VALIDATION) < 60
    assert many[:200] == few


def test_nothing_is_held_out_where_nothing_is_asked_for() -> None:
    assert set(hold_out(shoot(50), 0.0)) == {TRAINING}


@pytest.mark.parametrize("count", range(10, 40))
def test_of_ten_pictures_or_more_one_at_least_is_held_out(count: int) -> None:
    assert set(hold_out(shoot(count), 0.02)) == {TRAINING, VALIDATION}


@pytest.mark.parametrize("count", range(1, 10))
def test_a_few_pictures_are_never_all_held_out(count: int) -> None:
    assert TRAINING in hold_out(shoot(count), 0.9)


def test_of_a_burst_all_or_none_are_held_out() -> None:
    for second in range(40):
        frames = [Path(f"burst-{second}-{number}.dng") for number in range(3)]
        splits = hold_out([*shoot(30), *frames], 0.5)
        assert len(set(splits[30:])) == 1


def test_what_has_a_split_keeps_it() -> None:
    raws = shoot(30)
    turned = {VALIDATION: TRAINING, TRAINING: VALIDATION}
    known = {raw: turned[split] for raw, split in zip(raws[:20], hold_out(raws), strict=False)}
    assert hold_out(raws, known=known)[:20] == [known[raw] for raw in raws[:20]]
