"""review.csv while a batch goes on, after one that was killed, and of parts of a set."""

from pathlib import Path

import pytest

from jobs.shard import Shard
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record
from stages.predict.review_list import Review, take_over_parts


def sure(confidence: float) -> Record:
    return Record(neutral_params(), extra={"confidence": confidence})


def listed(folder: Path) -> list[str]:
    """The pictures of a list that is in order."""
    lines = (folder / "review.csv").read_text().splitlines()
    assert lines[0] == "raw,confidence,look_at"
    return [line.split(",")[0] for line in lines[1:]]


def noted(folder: Path, floor: float = 0.5, shard: Shard | None = None, **found: float) -> Review:
    review = Review(folder, floor, shard)
    for name, confidence in found.items():
        review.note(Path(name), sure(confidence))
    return review


def test_a_run_that_was_killed_leaves_what_it_noted(tmp_path: Path) -> None:
    noted(tmp_path, a=0.4, b=0.1, c=0.3)  # never closed
    with (tmp_path / "review.csv").open("a") as file:
        file.write("cut sho")
    noted(tmp_path, d=0.2, b=0.9, e=0.6)
    assert set(Review(tmp_path, 0.5).doubtful) == {"a", "c", "d"}
    noted(tmp_path, c=0.45).close()
    assert listed(tmp_path) == ["d", "a", "c"]


def test_it_is_not_written_anew_for_each(tmp_path: Path) -> None:
    review = noted(tmp_path, a=0.4)
    inode = (tmp_path / "review.csv").stat().st_ino
    for number in range(20):
        review.note(Path(f"b{number}"), sure(0.3))
    assert (tmp_path / "review.csv").stat().st_ino == inode
    assert len(Review(tmp_path, 0.5).doubtful) == 21
    review.close()
    assert listed(tmp_path)[-1] == "a"


def test_parts_are_taken_over(tmp_path: Path) -> None:
    noted(tmp_path, a=0.1, b=0.2, z=0.45).close()
    noted(tmp_path, shard=Shard(1, 2), c=0.4, b=0.8).close()
    noted(tmp_path, shard=Shard(2, 2), d=0.05)  # killed
    assert listed(tmp_path) == ["a", "b", "z"]
    take_over_parts(tmp_path)
    assert listed(tmp_path) == ["d", "a", "c", "z"]
    assert [file.name for file in tmp_path.iterdir()] == ["review.csv"]
    take_over_parts(tmp_path)
    assert listed(tmp_path) == ["d", "a", "c", "z"]


def test_a_list_that_cannot_be_read_stays(tmp_path: Path) -> None:
    noted(tmp_path, shard=Shard(1, 2), a=0.1).close()
    (tmp_path / "review-2-of-2.csv").write_bytes(b"raw,confidence\n\xff\xfe,1\n")
    with pytest.raises(InputError, match=r"review-2-of-2\.csv: cannot be read"):
        take_over_parts(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_nothing_is_written_without_a_floor(tmp_path: Path) -> None:
    review = Review(tmp_path, None)
    review.note(Path("a"), sure(0.1))
    review.close()
    assert not list(tmp_path.iterdir())
