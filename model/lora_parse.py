"""What an adapter file holds: LoRA layers, and heads under their names in the model."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from params.files import InputError

BASIC_HEADS = ("sliders_head", "tone_head")
PANEL_HEADS = "panel_heads"
HEADS = (*BASIC_HEADS, PANEL_HEADS)


@dataclass(frozen=True)
class AdapterLayer:
    """One layer of an adapter file."""

    down: Tensor
    up: Tensor
    alpha: float


def parse_adapter(
    path: Path, content: dict[str, Any]
) -> tuple[dict[str, Tensor], dict[str, AdapterLayer]]:
    """Head tensors, and LoRA layers by module name, of a checked lora_state."""
    heads: dict[str, Tensor] = {}
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in content["lora_state"].items():
        name, _, kind = key.rpartition(".")
        if key.split(".")[0] in HEADS:
            heads[key] = tensor
        elif kind in ("lora_down", "lora_up", "alpha", "rank"):
            parts.setdefault(name, {})[kind] = tensor
        else:
            raise InputError(f"{path}: {key[:100]} is not part of a LoRA adapter")
    config = content.get("lora_config")
    default_alpha = config.get("alpha", 16.0) if isinstance(config, dict) else 16.0
    layers = {}
    for name, part in parts.items():
        down, up = part.get("lora_down"), part.get("lora_up")
        if down is None or up is None or down.ndim != 2 or up.ndim != 2:
            raise InputError(f"{path}: {name[:100]} lacks lora_down or lora_up")
        rank = part["rank"] if "rank" in part else down.shape[1]
        alpha = _number(path, name, part.get("alpha", default_alpha))
        if not down.shape[1] == up.shape[0] == _number(path, name, rank) >= 1:
            raise InputError(f"{path}: the ranks of {name[:100]} contradict each other")
        layers[name] = AdapterLayer(down, up, alpha)
    if not layers:
        raise InputError(f"{path}: not a LoRA adapter: it holds no LoRA layer")
    return heads, layers


def _number(path: Path, name: str, value: Any) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{path}: alpha or rank of {name[:100]} is not a number")
    return float(value)
