"""Files of the published checkpoints' form, made up, and what they must predict."""

import json
from pathlib import Path

import numpy as np
import torch

KEYS = json.loads((Path(__file__).parent / "data" / "published_keys.json").read_text())


def published_state() -> dict[str, torch.Tensor]:
    """Weights under the published names, at a scale at which nothing saturates."""
    generator = torch.Generator().manual_seed(5)
    state = {}
    for name, shape in KEYS["model"].items():
        scale = 0.2 if len(shape) < 2 else 0.6 * shape[-1] ** -0.5
        state[name] = torch.randn(shape, generator=generator) * scale
        if ".norm" in name and name.endswith("weight"):
            state[name] += 1.0
    return state


def vit_by_formula(state: dict[str, torch.Tensor], image: torch.Tensor) -> dict[str, np.ndarray]:
    """ViT-S/16 and both heads in plain float64 algebra, from the names alone."""
    w = {name: tensor.double() for name, tensor in state.items()}

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        mean, var = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)
        return (x - mean) / (var + 1e-6).sqrt() * w[f"{name}.weight"] + w[f"{name}.bias"]

    def gelu(x):
        return 0.5 * x * (1 + torch.erf(x / 2**0.5))

    e = "backbone.encoder"
    count = len(image)
    patches = image.double().reshape(count, 3, 14, 16, 14, 16).permute(0, 2, 4, 1, 3, 5)
    x = patches.reshape(count, 196, 768) @ w[f"{e}.patch_embed.proj.weight"].reshape(384, 768).T
    x = x + w[f"{e}.patch_embed.proj.bias"]
    x = torch.cat([w[f"{e}.cls_token"].expand(count, -1, -1), x], 1) + w[f"{e}.pos_embed"]
    for i in range(12):
        b = f"{e}.blocks.{i}"
        qkv = linear(norm(x, f"{b}.norm1"), f"{b}.attn.qkv")
        q, k, v = qkv.reshape(count, 197, 3, 6, 64).permute(2, 0, 3, 1, 4)
        attended = (q @ k.transpose(-1, -2) / 8.0).softmax(-1) @ v
        x = x + linear(attended.transpose(1, 2).reshape(count, 197, 384), f"{b}.attn.proj")
        x = x + linear(gelu(linear(norm(x, f"{b}.norm2"), f"{b}.mlp.fc1")), f"{b}.mlp.fc2")
    token = norm(x, f"{e}.norm")[:, 0]

    def head(name):
        hidden = gelu(linear(gelu(linear(token, f"{name}.mlp.0")), f"{name}.mlp.2"))
        return linear(hidden, f"{name}.proj")

    sliders = head("sliders_head").tanh()
    curve = torch.cumsum(torch.log1p(head("tone_head").exp()) + 1e-4, 1)
    curve = (curve - curve[:, :1]) / (curve[:, -1:] - curve[:, :1])
    return {"sliders": sliders.numpy(), "curve": curve.numpy()}


def published_adapter(seed: int = 9) -> dict[str, torch.Tensor]:
    """A lora_state under the published names, at a scale that shows."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in KEYS["lora"].items():
        kind = name.rpartition(".")[2]
        whole = {"alpha": torch.tensor(16.0), "rank": torch.tensor(8)}
        state[name] = whole.get(kind, torch.randn(shape, generator=generator) * 0.05)
    return state


def with_adapter(
    state: dict[str, torch.Tensor], adapter: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """W + (alpha / rank) · (lora_down @ lora_up)ᵀ, in float64."""
    state = {name: tensor.double() for name, tensor in state.items()}
    for name in adapter:
        layer, _, kind = name.rpartition(".")
        if kind == "lora_down":
            down, up = (adapter[f"{layer}.{part}"].double() for part in ("lora_down", "lora_up"))
            scale = float(adapter[f"{layer}.alpha"]) / float(adapter[f"{layer}.rank"])
            state[f"{layer}.weight"] = state[f"{layer}.weight"] + scale * (down @ up).T
    return state
