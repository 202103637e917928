"""A part of a set: what one of several runs, which know nothing of each other, takes of it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from params.files import InputError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Shard:
    """Part `part` (1..of) of `of` parts.

    A picture's part is told by its name alone: pictures that come later move no other into another
    part, and every run of the same `of` divides alike.

    Raises:
        InputError: there is no such part.
    """

    part: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.part <= self.of:
            raise InputError(f"shard {self.part}/{self.of}: there is no such part")

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """From "I/N". Raises InputError."""
        part, slash, of = text.partition("/")
        if not (slash and all(n.isascii() and n.isdecimal() and len(n) < 10 for n in (part, of))):
            raise InputError(f"{text!r} is not I/N, such as 1/8")
        return cls(int(part), int(of))

    def __str__(self) -> str:
        return f"{self.part}/{self.of}"

    def holds(self, name: str) -> bool:
        """Whether the picture of this name belongs to the part."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.of == self.part - 1


def of_shard(items: Iterable[Item], shard: Shard | None, name: Callable[[Item], str]) -> list[Item]:
    """The items whose names belong to the part; all, where there are no parts."""
    return [item for item in items if shard is None or shard.holds(name(item))]
