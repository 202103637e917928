"""The optimiser's inputs: the learning rate at each step, and which weights decay."""

import math
from collections.abc import Iterable
from typing import Any

from torch import nn


def lr_factor(step: int, total: int, warm_up: float) -> float:
    """Learning rate at a step (from 0), as a share of the highest: linear rise, cosine fall."""
    rising = max(1, round(warm_up * total))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1.0 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


def decay_groups(parameters: Iterable[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are decayed; biases and norms, which are vectors, are not."""
    parameters = list(parameters)
    return [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
