"""What the camera recorded (ISO, shutter, aperture, model) as features, and their fusion."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from model.recorded_numbers import (
    CAMERA_BUCKETS,
    CAMERA_FEATURES,
    CENTRES,
    NUMBERS,
    SCALES,
    camera_bucket,
    recorded_number,
)


def metadata_batch(pictures: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
    """Metadata of B pictures as tensors.

    Args:
        pictures: each may have iso, shutter (seconds), aperture (f-number) and camera (the
            model's name); what is missing, None or not above zero counts as unknown.

    Returns:
        iso, shutter, aperture: [B] float, NaN where unknown; camera: [B] int64, 0 unknown.
    """
    batch = {name: torch.tensor([recorded_number(p, name) for p in pictures]) for name in NUMBERS}
    batch["camera"] = torch.tensor([camera_bucket(p.get("camera")) for p in pictures])
    return batch


class MetadataEncoder(nn.Module):
    """The tensors of metadata_batch -> [B, features]. Unknown values have a flag of their own."""

    def __init__(self, features: int = 64) -> None:
        super().__init__()
        self.features = features
        self.camera = nn.Embedding(CAMERA_BUCKETS, CAMERA_FEATURES)
        self.mlp = nn.Sequential(
            nn.Linear(2 * len(NUMBERS) + CAMERA_FEATURES, features),
            nn.GELU(),
            nn.Linear(features, features),
        )

    def forward(self, metadata: Mapping[str, Tensor]) -> Tensor:
        weight = self.camera.weight
        raw = torch.stack([metadata[name].to(weight) for name in NUMBERS], dim=1)
        known = raw.isfinite() & (raw > 0)
        logs = torch.where(known, raw, 1.0).log2()
        scaled = (logs - logs.new_tensor(CENTRES)) / logs.new_tensor(SCALES)
        scaled = torch.where(known, scaled, 0.0)
        camera = self.camera(metadata["camera"].to(weight.device))
        return self.mlp(torch.cat([scaled, known.to(weight), camera], dim=1))


class FiLM(nn.Module):
    """features · (1 + γ) + β with γ and β from the metadata; changes nothing at the start."""

    def __init__(self, features: int, metadata_features: int) -> None:
        super().__init__()
        self.proj = nn.Linear(metadata_features, 2 * features)
        nn.init.zeros_(self.proj.weight)
        nn.init.zeros_(self.proj.bias)

    def forward(self, features: Tensor, metadata: Tensor) -> Tensor:
        gamma, beta = self.proj(metadata).chunk(2, dim=1)
        return features * (1.0 + gamma) + beta


class Concat(nn.Module):
    """Both vectors side by side, projected back to the features' length."""

    def __init__(self, features: int, metadata_features: int) -> None:
        super().__init__()
        self.proj = nn.Linear(features + metadata_features, features)

    def forward(self, features: Tensor, metadata: Tensor) -> Tensor:
        return self.proj(torch.cat([features, metadata], dim=1))
