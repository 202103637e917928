"""Adapters put onto their base for good: one, or several by weight."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from model.autopilot import AutoPilotRegressor
from model.checkpoint import weights_digest
from model.lora import HEADS, load_lora, lora_layers, merge_lora


@torch.no_grad()
def blend_lora(
    model: AutoPilotRegressor, adapters: Sequence[tuple[Path, float]], *, force: bool = False
) -> None:
    """Add adapters to the base they were trained on, in place; plain layers are left.

    A layer becomes W + Σ wᵢ·ΔWᵢ, a head H + Σ wᵢ·(Hᵢ − H), so that weights which sum to 1 mix
    the styles.

    Args:
        adapters: files, and how much of each.
        force: take adapters that were trained on another base.

    Raises:
        InputError: as load_lora. The model is then not to be used.
    """
    digest = weights_digest(model.state_dict())
    base = _heads(model)
    blended = {name: tensor.clone() for name, tensor in base.items()}
    for path, weight in adapters:
        load_lora(model, path, force=force, base_digest=digest)
        for layer in lora_layers(model).values():
            layer.alpha *= weight
        merge_lora(model)
        for name, tensor in _heads(model).items():
            blended[name] += weight * (tensor - base[name])
        model.load_state_dict(base, strict=False)
    model.load_state_dict(blended, strict=False)


def _heads(model: AutoPilotRegressor) -> dict[str, Tensor]:
    return {
        name: tensor.clone()
        for name, tensor in model.state_dict().items()
        if name.partition(".")[0] in HEADS
    }
