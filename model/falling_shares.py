"""How often predictions come near, by a score: learnt so that more doubt is never more trust."""

from collections.abc import Sequence

import torch
from torch import Tensor

# Scores that rise, and shares that don't.
Falling = tuple[tuple[float, ...], tuple[float, ...]]
_PER_BIN = 10


def falling_shares(scores: Tensor, hits: Tensor) -> Falling:
    """Share of hits by score, never rising: bins of about _PER_BIN, pooled where they rise.

    Shares are (hits + 1) / (count + 2), Laplace's rule: few pictures prove nothing for certain.
    """
    order = scores.argsort(stable=True)
    parts = torch.chunk(order, max(2, len(order) // _PER_BIN))
    bins: list[tuple[float, float, int]] = []  # sum of scores, hits, count
    for part in parts:
        bins.append((float(scores[part].sum()), float(hits[part].sum()), len(part)))
        while len(bins) > 1 and bins[-1][1] / bins[-1][2] >= bins[-2][1] / bins[-2][2]:
            last, before = bins.pop(), bins.pop()
            bins.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    places: list[float] = []
    shares: list[float] = []
    for total, hit, count in bins:
        place, share = total / count, (hit + 1.0) / (count + 2.0)
        if places and place <= places[-1]:
            continue  # equal scores: nothing to tell them apart by
        places.append(place)
        shares.append(min(share, shares[-1]) if shares else share)
    return tuple(places), tuple(shares)


def share_at(places: Sequence[float], shares: Sequence[float], score: float) -> float:
    """The share at a score: between two places linear, beyond them as at the last."""
    if score <= places[0]:
        return shares[0]
    for i in range(1, len(places)):
        if score <= places[i]:
            part = (score - places[i - 1]) / (places[i] - places[i - 1])
            return shares[i - 1] + part * (shares[i] - shares[i - 1])
    return shares[-1]


def falls(scores: Sequence[float], shares: Sequence[float]) -> bool:
    """Whether these are scores that rise, and shares in 0..1 for each."""
    rising = list(scores) == sorted(set(scores))
    return rising and len(scores) == len(shares) > 0 and all(0.0 <= one <= 1.0 for one in shares)
