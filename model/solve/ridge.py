"""Ridge regression whose strength is chosen by cross-validation over groups of rows.

Hoerl and Kennard 1970. Of each block of outputs the candidates are strengths from nearly none to
infinite (the mean); how much more is allowed to features that go with the outputs by themselves
(FOCUS: a style that looks at few things is found from few rows); and what the outputs are a
difference to. They are averaged by how well each predicts groups that it has not seen, so that no
lucky one is chosen alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# Strengths, relative to the variance of all features together; besides them the mean.
STRENGTHS = tuple(10.0 ** (0.5 * step) for step in range(-10, 3))
# A feature counts by its correlation with the outputs, to this power.
FOCUS = (0.0, 2.0, 4.0)
FOLDS = 10
# A candidate whose error is this part above the best one's counts 1/e of it.
SOFTNESS = 0.1
# In standard deviations: beyond it a held-out feature is not extrapolated.
LIMIT = 4.0
_NO_SPREAD = 1e-9
# Features are float32: what varies by less, or by this part of itself, is their rounding. Weighed
# as if it were something it takes weights of tens of thousands, which the next picture meets.
_ROUNDING = 1e-5
_LEAST_CORRELATION = 1e-2


@dataclass(frozen=True)
class Ridge:
    """outputs = features @ weight.T + bias + Σ shares[:, c] · offsets[c].

    weight: [O, F]. bias: [O]. shares: [O, C] of each offset, which sum to 1 over C.
    errors: [O], of what is not seen, in those of the best constant.
    """

    weight: Tensor
    bias: Tensor
    shares: Tensor
    errors: Tensor


def ridge(
    features: Tensor,
    targets: Tensor,
    groups: Tensor,
    offsets: Sequence[Tensor] | None = None,
    blocks: Sequence[Sequence[int]] | None = None,
) -> Ridge:
    """Fit linear outputs.

    Every group counts as one row, however many it has. With a single group nothing can be left
    out: the outputs are its mean.

    Args:
        features: [N, F].
        targets: [N, O].
        groups: [N] whole numbers; groups are left out whole.
        offsets: each [N, O]: what outputs may be differences to; None: 0 only.
        blocks: the outputs that get one strength and offset; None: each its own.
    """
    features, targets, weights = features.double(), targets.double(), group_weights(groups)
    offsets = [torch.zeros_like(targets)] if offsets is None else [o.double() for o in offsets]
    rows, fold = _Rows(features, weights), folds_of(groups)
    # A single group cannot be left out.
    parts = [(~out, out) for one in range(int(fold.max()) + 1) if not (out := fold == one).all()]
    trained = [
        (_Rows(features[known], weights[known]), known, out, _limited(features, known)[out])
        for known, out in parts
    ]
    weight = torch.zeros(targets.shape[1], features.shape[1], dtype=torch.float64)
    bias, errors = weight.new_zeros(len(weight)), weight.new_ones(len(weight))
    shares = weight.new_zeros(len(weight), len(offsets))
    for block in blocks or [[i] for i in range(targets.shape[1])]:
        own = list(block)
        # [offset, focus, strength] and what follows.
        differ = [c for c, o in enumerate(offsets) if c == 0 or _varies(o[:, own])]
        found = [
            [_candidates(rows, trained, (targets - offsets[c])[:, own], weights, f) for f in FOCUS]
            for c in differ
        ]
        missed = torch.stack([torch.stack([one.missed for one in by_focus]) for by_focus in found])
        part = _shares(missed)
        each = torch.stack([torch.stack([o.weight for o in by_focus]) for by_focus in found])
        weight[own] = (part[..., None, None] * each).sum(dim=(0, 1, 2))
        each = torch.stack([torch.stack([o.bias for o in by_focus]) for by_focus in found])
        bias[own] = (part[..., None] * each).sum(dim=(0, 1, 2))
        for c, share in zip(differ, part.sum(dim=(1, 2)), strict=True):
            shares[own, c] = share
        if parts:
            mean = found[0][0].missed[-1].clamp(min=_NO_SPREAD)
            errors[own] = (part * missed).sum() / mean
    return Ridge(weight, bias, shares, errors)


def group_weights(groups: Tensor) -> Tensor:
    """[N]: 1 over the size of each row's group."""
    _, place, sizes = groups.unique(return_inverse=True, return_counts=True)
    return 1.0 / sizes[place].double()


def folds_of(groups: Tensor, folds: int = FOLDS) -> Tensor:
    """The fold of each row [N], 0..folds - 1: groups dealt out at random, always alike."""
    names, place = groups.unique(return_inverse=True)
    dealt = torch.arange(len(names)) % min(folds, len(names))
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(0))
    fold = torch.empty_like(dealt)
    fold[order] = dealt
    return fold[place]


@dataclass(frozen=True)
class _Candidates:
    """Of each strength, and of an infinite one last: weight [K, O, F], bias [K, O], and how far
    unseen rows are missed in all [K].
    """

    missed: Tensor
    weight: Tensor
    bias: Tensor


class _Rows:
    """Rows to learn from, standardised."""

    def __init__(self, features: Tensor, weights: Tensor) -> None:
        self.share = (weights / weights.sum())[:, None]
        self.center = (self.share * features).sum(0)
        scale = (self.share * (features - self.center) ** 2).sum(0).sqrt()
        varies = scale > _ROUNDING * (1.0 + self.center.abs())
        self.inverse = torch.where(varies, 1.0 / scale.clamp(min=_NO_SPREAD), 0.0)
        self.standard = self.share.sqrt() * (features - self.center) * self.inverse

    def solve(self, targets: Tensor, focus: float) -> tuple[Tensor, Tensor]:
        """Of each strength, and of an infinite one: weight [K, O, F] and bias [K, O]."""
        mean = (self.share * targets).sum(0)
        away = self.share.sqrt() * (targets - mean)
        along = self.standard.T @ away / away.square().sum(0).sqrt().clamp(min=_NO_SPREAD)
        scale = (along.square().mean(dim=1) + _LEAST_CORRELATION**2) ** (0.5 * focus)
        scaled = self.standard * scale
        total = scaled.square().sum().clamp(min=_NO_SPREAD)
        strengths = total * torch.tensor(STRENGTHS, dtype=torch.float64)[:, None]
        # The smaller of both Gram matrices.
        if len(scaled) < scaled.shape[1]:
            values, vectors = torch.linalg.eigh(scaled @ scaled.T)
            basis, heights = scaled.T @ vectors, vectors.T @ away
        else:
            values, basis = torch.linalg.eigh(scaled.T @ scaled)
            heights = basis.T @ (scaled.T @ away)
        shrunk = 1.0 / (values.clamp(min=0.0) + strengths)
        weight = torch.einsum("fs,ks,so->kof", basis, shrunk, heights) * scale * self.inverse
        weight = torch.cat([weight, torch.zeros_like(weight[:1])])
        return weight, mean - weight @ self.center


_Trained = tuple[_Rows, Tensor, Tensor, Tensor]


def _candidates(
    rows: _Rows, trained: Sequence[_Trained], targets: Tensor, weights: Tensor, focus: float
) -> _Candidates:
    """trained: of each fold the rows to learn from, which they are, and which are left out with
    their features.
    """
    missed = torch.zeros(len(STRENGTHS) + 1, dtype=torch.float64)
    for part, known, out, unseen in trained:
        weight, bias = part.solve(targets[known], focus)
        guess = torch.einsum("nf,kof->kno", unseen, weight) + bias[:, None]
        missed += ((guess - targets[out]).abs().mean(dim=2) * weights[out]).sum(dim=1)
    if not trained:
        missed[:-1] = torch.inf  # the mean is all that is left
    return _Candidates(missed, *rows.solve(targets, focus))


def _limited(features: Tensor, known: Tensor) -> Tensor:
    """Features no further from those that are known than a prediction reaches."""
    center, scale = features[known].mean(0), features[known].std(0, correction=0)
    return features.clamp(center - LIMIT * scale, center + LIMIT * scale)


def _varies(offset: Tensor) -> bool:
    return bool((offset - offset[:1]).abs().max() > _NO_SPREAD)


def _shares(missed: Tensor) -> Tensor:
    """What part each candidate has, by how far it misses unseen rows; any shape."""
    best = missed.min()
    if best <= 0.0:  # without any error, or without any rows to tell
        part = (missed == best).double()
    else:
        part = torch.exp(-(missed / best - 1.0) / SOFTNESS)
    return part / part.sum()
