"""Which pictures make up a batch: mixed, sorted by shape, and dealt to the processes."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch.utils.data import Sampler

# Pictures whose sides agree within so many pixels share a batch: little is padded.
SIDE_STEP = 32


class Draw(NamedTuple):
    """A sample to take: which one, mirrored or not, and whether it counts.

    One that doesn't count only keeps a process busy that has no share of a small batch.
    """

    number: int
    flip: bool = False
    counts: bool = True


class BatchPlan(Sampler[list[Draw]]):
    """Batches of pictures of about one shape.

    What is left over of the shapes goes into mixed batches, so that there are no more of them
    than without sorting. All random choices are drawn from torch's generator at the start of a
    pass: the same seed gives the same pass, however many processes load data or train.

    Args:
        shapes: height and width of each sample's pictures, None for those without.
        batch_size: pictures a batch, in each process.
        shuffle: in another order on each pass.
        flip: mirror every other picture.
        rank, size: the process and how many there are: each gets its share of every batch.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, int] | None],
        batch_size: int,
        *,
        shuffle: bool = False,
        flip: bool = False,
        rank: int = 0,
        size: int = 1,
    ) -> None:
        self.shapes = [
            shape and tuple(round(side / SIDE_STEP) for side in shape) for shape in shapes
        ]
        self.together = batch_size * size
        self.shuffle, self.flip = shuffle, flip
        self.rank, self.size = rank, size

    def __len__(self) -> int:
        return math.ceil(len(self.shapes) / self.together)

    def __iter__(self) -> Iterator[list[Draw]]:
        count = len(self.shapes)
        order, flips = list(range(count)), [False] * count
        generator = torch.Generator()
        if self.shuffle or self.flip:
            generator.manual_seed(int(torch.empty((), dtype=torch.int64).random_().item()))
        if self.shuffle:
            order = torch.randperm(count, generator=generator).tolist()
        if self.flip:
            flips = (torch.rand(count, generator=generator) < 0.5).tolist()
        batches = self._batches(order)
        if self.shuffle:
            mixed = torch.randperm(len(batches), generator=generator).tolist()
            batches = [batches[i] for i in mixed]
        for batch in batches:
            share = [Draw(i, flips[i]) for i in batch[self.rank :: self.size]]
            yield share or [Draw(batch[0], counts=False)]

    def _batches(self, order: Sequence[int]) -> list[list[int]]:
        by_shape = defaultdict(list)
        for i in order:
            by_shape[self.shapes[i]].append(i)
        full, rest = [], []
        for same in by_shape.values():
            end = len(same) - len(same) % self.together
            full += [same[i : i + self.together] for i in range(0, end, self.together)]
            rest += same[end:]
        return full + [rest[i : i + self.together] for i in range(0, len(rest), self.together)]
