"""The exponential moving average of a model's weights, which often predicts better."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Ema:
    """Averages the trained weights over the steps.

    Early on it averages over fewer steps (decay (1 + n) / (10 + n) at step n, at most
    `decay`): the untrained weights would stay in it too long.
    """

    def __init__(self, weights: Sequence[nn.Parameter], decay: float) -> None:
        self.weights = list(weights)
        self.decay = decay
        self.steps = 0
        self.average = [w.detach().clone() for w in self.weights]
        self._own: list[Tensor] | None = None  # while the model holds the average

    @torch.no_grad()
    def update(self) -> None:
        """Call after each optimiser step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for average, weight in zip(self.average, self.weights, strict=True):
            average.lerp_(weight, 1.0 - decay)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The model holds the average meanwhile, and its own weights again afterwards."""
        self._own = [w.detach().clone() for w in self.weights]
        self._fill(self.average)
        try:
            yield
        finally:
            self._fill(self._own)
            self._own = None

    def state_dict(self) -> dict[str, Any]:
        """What resuming needs besides the average, which is saved as the model's weights."""
        own = self._own or [w.detach().clone() for w in self.weights]
        return {"steps": self.steps, "weights": own}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue; the model must hold the average. Raises ValueError when it doesn't fit."""
        own = state["weights"]
        if [tuple(w.shape) for w in own] != [tuple(w.shape) for w in self.weights]:
            raise ValueError("its weights are of another model")
        self.steps = int(state["steps"])
        self.average = [w.detach().clone() for w in self.weights]
        self._fill(own)

    @torch.no_grad()
    def _fill(self, values: Sequence[Tensor]) -> None:
        for weight, value in zip(self.weights, values, strict=True):
            weight.copy_(value)
