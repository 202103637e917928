"""Which pictures the studio takes for a burst's, and for neighbours."""

from pathlib import Path

from dataset.splits import Capture
from studio.facts import Facts
from studio.neighbours import bursts, neighbours
from studio.pictures import Picture


def taken(*frames: tuple[str, float | None]) -> list[Picture]:
    """Pictures a, b, c, … by bodies of one make, at these seconds."""
    return [
        Picture(Path(name), name, "", (), name, facts=Facts(Capture("Make", body, time)))
        for name, (body, time) in zip("abcdef", frames, strict=False)
    ]


def test_two_bodies_of_one_make_are_two_photographers() -> None:
    shoot = taken(("1", 0.0), ("2", 0.5), ("1", 1.0), ("2", 90.0), ("1", None))
    assert bursts(shoot) == {"a": "a", "c": "a"}
    near = {name: [one.id for one in found] for name, found in neighbours(shoot).items()}
    assert near == {"a": ["c"], "b": ["d"], "c": ["a"], "d": ["b"], "e": []}


def test_parts_of_a_second_count() -> None:
    """Frames 2.1 s apart are no burst, though their seconds differ by two."""
    assert bursts(taken(("1", 0.9), ("1", 3.0))) == {}
    assert bursts(taken(("1", 0.9), ("1", 2.8))) == {"a": "a", "b": "a"}
