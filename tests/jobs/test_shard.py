"""Parts of a set: all of it, nothing twice, and the same whoever else is in it."""

import pytest

from jobs.shard import Shard, of_shard
from params.files import InputError

NAMES = [f"a{number:04d}-größe" for number in range(1000)] + ["caf\udce9"]
FIRST = (0, 11)


@pytest.mark.parametrize("of", [1, 2, 3, 16])
def test_parts_are_the_whole_once(of: int) -> None:
    parts = [of_shard(NAMES, Shard(part, of), str) for part in range(1, of + 1)]
    assert sorted(name for part in parts for name in part) == sorted(NAMES)
    assert all(len(part) == pytest.approx(len(NAMES) / of, rel=0.35) for part in parts)


def test_a_picture_stays_in_its_part_when_others_come() -> None:
    few = of_shard(NAMES[::7], Shard(2, 5), str)
    assert set(few) == set(of_shard(NAMES, Shard(2, 5), str)) & set(NAMES[::7])
    assert of_shard(NAMES, None, str) == NAMES
    # For good: runs of another day, on other machines, divide alike.
    assert of_shard(NAMES[:12], Shard(1, 4), str) == [NAMES[i] for i in FIRST]


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/²"])
def test_no_such_part(text: str) -> None:
    with pytest.raises(InputError):
        Shard.parse(text)


def test_as_text() -> None:
    assert Shard.parse("3/16") == Shard(3, 16)
    assert str(Shard(3, 16)) == "3/16"
