"""A baseline without training: the edits of the pictures that look most alike."""

from collections.abc import Mapping

import torch
from torch import Tensor

from model.mean_edit import mean_edit

MOST_NEIGHBOURS = 10


class NearestEdits:
    """Predicts the mean edit of the k known pictures whose features are nearest.

    Features are compared by Euclidean distance, each in its spread over the known pictures.

    Args:
        features: [N, F] of the known pictures.
        params_norm: their edits, sliders [N] and curves [N, K].
        k: None chooses by leaving one out, among 1..10: the smallest mean error of the edits,
            each slider in its spread.
    """

    def __init__(
        self, features: Tensor, params_norm: Mapping[str, Tensor], k: int | None = None
    ) -> None:
        if len(features) < 2:
            raise ValueError(f"nearest neighbours need at least 2 pictures, not {len(features)}")
        self._center = features.mean(0)
        self._scale = features.std(0).clamp(min=1e-6)
        self._known = (features - self._center) / self._scale
        self._edits = dict(params_norm)
        self.k = k or self._best_k()

    def __call__(self, features: Tensor) -> dict[str, Tensor]:
        """The edits of other pictures, [B, F] -> params_norm."""
        places = (features - self._center) / self._scale
        return self._mean(torch.cdist(places, self._known), self.k)

    def _mean(self, distances: Tensor, k: int) -> dict[str, Tensor]:
        nearest = distances.topk(k, dim=1, largest=False).indices
        return mean_edit({name: value[nearest] for name, value in self._edits.items()}, dim=1)

    def _best_k(self) -> int:
        distances = torch.cdist(self._known, self._known)
        distances.fill_diagonal_(torch.inf)
        most = min(MOST_NEIGHBOURS, len(self._known) - 1)
        errors = [self._error(self._mean(distances, k)) for k in range(1, most + 1)]
        return 1 + errors.index(min(errors))

    def _error(self, guessed: Mapping[str, Tensor]) -> float:
        parts = []
        for name, value in self._edits.items():
            spread = value.std(0).mean().clamp(min=1e-6)
            parts.append(((guessed[name] - value).abs() / spread).mean())
        return float(torch.stack(parts).mean())
