"""Ridge regression whose strength is chosen by cross-validation over groups of rows.

Hoerl and Kennard 1970. Of each block of outputs the candidates are strengths from nearly none to
infinite (the mean), with each of several offsets; they are averaged by how well each predicts
groups that it has not seen, so that no lucky one is chosen alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# Strengths, relative to the variance of all features together; besides them the mean.
STRENGTHS = tuple(10.0 ** (0.5 * step) for step in range(-10, 3))
FOLDS = 10
# A candidate whose error is this part above the best one's counts 1/e of it.
SOFTNESS = 0.05
# In standard deviations: beyond it a held-out feature is not extrapolated.
LIMIT = 4.0
_NO_SPREAD = 1e-9


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
    features, targets = features.double(), targets.double()
    offsets = [torch.zeros_like(targets)] if offsets is None else [o.double() for o in offsets]
    count = targets.shape[1]
    wanted = torch.cat([targets - offset for offset in offsets], dim=1)
    weights = group_weights(groups)
    fold = folds_of(groups)
    errors = torch.zeros(len(STRENGTHS) + 1, wanted.shape[1], dtype=torch.float64)
    for one in range(int(fold.max()) + 1):
        out = fold == one
        if out.all():  # a single group
            errors[:-1] = torch.inf
            continue
        weight, bias = _solve(features[~out], wanted[~out], weights[~out])
        guess = torch.einsum("nf,kof->kno", _limited(features, ~out)[out], weight) + bias[:, None]
        errors += ((guess - wanted[out]).abs() * weights[out, None]).sum(dim=1)
    weight, bias = _solve(features, wanted, weights)
    # [candidate, output]: candidates of a strength and an offset each.
    errors = errors.reshape(len(STRENGTHS) + 1, len(offsets), count)
    shares = _shares(errors.flatten(0, 1), blocks or [[i] for i in range(count)])
    shares = shares.reshape(errors.shape)
    weight = weight.reshape(*errors.shape, -1)
    bias = bias.reshape(errors.shape)
    plain = torch.zeros_like(targets)
    constant = _constant_error(targets - plain, weights, fold)
    mixed = (shares * errors.nan_to_num(posinf=0.0)).sum(dim=(0, 1))
    return Ridge(
        weight=(shares[..., None] * weight).sum(dim=(0, 1)),
        bias=(shares * bias).sum(dim=(0, 1)),
        shares=shares.sum(dim=0).T,
        errors=mixed / constant.clamp(min=_NO_SPREAD),
    )


def group_weights(groups: Tensor) -> Tensor:
    """[N]: 1 over the size of each row's group."""
    _, place, sizes = groups.unique(return_inverse=True, return_counts=True)
    return 1.0 / sizes[place].double()


def folds_of(groups: Tensor) -> Tensor:
    """The fold of each row [N], 0..FOLDS - 1: groups dealt out at random, always alike."""
    names, place = groups.unique(return_inverse=True)
    dealt = torch.arange(len(names)) % min(FOLDS, len(names))
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(0))
    fold = torch.empty_like(dealt)
    fold[order] = dealt
    return fold[place]


def _solve(features: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Of each strength, and of an infinite one: weight [K, O, F] and bias [K, O]."""
    share = (weights / weights.sum())[:, None]
    center, mean = (share * features).sum(0), (share * targets).sum(0)
    scale = ((share * (features - center) ** 2).sum(0)).sqrt()
    inverse = torch.where(scale > _NO_SPREAD, 1.0 / scale.clamp(min=_NO_SPREAD), 0.0)
    root = share.sqrt()
    u, s, v = torch.linalg.svd(root * (features - center) * inverse, full_matrices=False)
    along = u.T @ (root * (targets - mean))
    total = max(int((inverse > 0).sum()), 1)
    strengths = torch.tensor(STRENGTHS, dtype=torch.float64)[:, None]
    shrunk = s / (s.square() + strengths * total)
    weight = torch.einsum("ks,so,sf->kof", shrunk, along, v) * inverse
    weight = torch.cat([weight, torch.zeros_like(weight[:1])])
    return weight, mean - weight @ center


def _limited(features: Tensor, known: Tensor) -> Tensor:
    """Features no further from those that are known than a prediction reaches."""
    center, scale = features[known].mean(0), features[known].std(0, correction=0)
    return features.clamp(center - LIMIT * scale, center + LIMIT * scale)


def _shares(errors: Tensor, blocks: Sequence[Sequence[int]]) -> Tensor:
    """What part each candidate [K] has in each output [O], from summed errors [K, O]."""
    shares = torch.zeros_like(errors)
    for block in blocks:
        own = errors[:, list(block)].sum(dim=1)
        best = own.min()
        if not best.isfinite() or best <= 0.0:
            part = (own == best).double()
            if not own.isfinite().any():
                part = torch.ones_like(own)
        else:
            part = torch.exp(-(own / best - 1.0) / SOFTNESS)
        shares[:, list(block)] = (part / part.sum())[:, None]
    return shares


def _constant_error(targets: Tensor, weights: Tensor, fold: Tensor) -> Tensor:
    """Summed error [O] of the mean of what is not left out."""
    error = torch.zeros(targets.shape[1], dtype=torch.float64)
    for one in range(int(fold.max()) + 1):
        out = fold == one
        if not out.all():
            known = (weights[~out, None] * targets[~out]).sum(0) / weights[~out].sum()
            error += ((targets[out] - known).abs() * weights[out, None]).sum(0)
    return error
