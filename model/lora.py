"""LoRA: small trainable additions to frozen layers, and their files."""

import fnmatch
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.autopilot import AutoPilotRegressor
from model.checkpoint import check_state, weights_digest
from model.hub import model_file
from model.lora_layers import lora_layers, lora_on, matrix_shape, takes_lora
from model.lora_parse import HEADS, PANEL_HEADS, AdapterLayer, parse_adapter
from model.torch_file import check_tensors, read_torch_file, write_torch_file
from params.files import InputError
from params.outputs import Outputs
from params.outputs_config import outputs_from_dict, outputs_to_dict

log = logging.getLogger(__name__)

# Relative to the model's backbone. A * also stands for dots and for nothing: these fit ViT's
# encoder.blocks.0… and the deeper nesting of hierarchical encoders; `mix` is the one layer of the
# statistics backbone.
DEFAULT_TARGETS = (
    "encoder.*blocks.*.attn.qkv",
    "encoder.*blocks.*.attn.proj",
    "encoder.*blocks.*.mlp.fc1",
    "encoder.*blocks.*.mlp.fc2",
    "mix",
)
# For backbones without, residual networks and other convolutional ones: all but an unused head.
WHOLE_ENCODER = ("encoder.[!h]*",)


def inject_lora(
    model: nn.Module,
    rank: int = 8,
    alpha: float = 16.0,
    targets: Sequence[str] | None = None,
) -> list[str]:
    """Put LoRA on the backbone's linear layers that match a pattern, or else its convolutions.

    Args:
        targets: fnmatch patterns relative to the backbone; None: those of default_targets().

    Returns:
        the replaced modules' full names, in the model's order.

    Raises:
        InputError: no such layer matches.
    """
    patterns = default_targets(model) if targets is None else tuple(targets)
    names = _matching(model, patterns)
    if not names:
        raise InputError(
            f"LoRA: no linear layer or convolution of the backbone matches {', '.join(patterns)}"
        )
    for name in names:
        _replace(model, name, lora_on(model.get_submodule(name), rank, alpha))
    return names


def default_targets(model: nn.Module) -> tuple[str, ...]:
    """DEFAULT_TARGETS, or the whole encoder for a backbone that has none of these layers."""
    return DEFAULT_TARGETS if _matching(model, DEFAULT_TARGETS) else WHOLE_ENCODER


def _matching(model: nn.Module, patterns: Sequence[str]) -> list[str]:
    """The linear layers that match; where none does, the convolutions."""
    prefix = "backbone." if hasattr(model, "backbone") else ""
    found = {
        name: module
        for name, module in model.named_modules()
        if takes_lora(module)
        and name.startswith(prefix)
        and any(fnmatch.fnmatchcase(name.removeprefix(prefix), pattern) for pattern in patterns)
    }
    linear = [name for name, module in found.items() if isinstance(module, nn.Linear)]
    return linear or list(found)


def train_only_lora(
    model: nn.Module, heads: bool = False, panels: Sequence[str] = ()
) -> list[nn.Parameter]:
    """Freeze all but the LoRA weights, the heads of `panels` and, with `heads`, all others.

    Returns:
        what is left to train.
    """
    model.requires_grad_(False)
    for module in lora_layers(model).values():
        module.lora_down.requires_grad_(True)
        module.lora_up.requires_grad_(True)
    for name in _trained_heads(heads, panels):
        model.get_submodule(name).requires_grad_(True)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def lora_state(
    model: nn.Module, heads: bool = False, panels: Sequence[str] = ()
) -> dict[str, Tensor]:
    """What fine-tuning changed, on the CPU: `<module>.lora_down/.lora_up/.alpha/.rank`.

    The tensors of the heads of `panels`, with `heads` those of all, are under their names in the
    model.
    """
    state: dict[str, Tensor] = {}
    for name, layer in lora_layers(model).items():
        state[f"{name}.lora_down"] = layer.lora_down.detach().cpu().clone()
        state[f"{name}.lora_up"] = layer.lora_up.detach().cpu().clone()
        state[f"{name}.alpha"] = torch.tensor(layer.alpha)
        state[f"{name}.rank"] = torch.tensor(layer.rank)
    for head in _trained_heads(heads, panels):
        for name, tensor in model.get_submodule(head).state_dict().items():
            state[f"{head}.{name}"] = tensor.detach().cpu().clone()
    return state


def _trained_heads(heads: bool, panels: Sequence[str]) -> list[str]:
    return list(HEADS) if heads else [f"{PANEL_HEADS}.{panel}" for panel in panels]


@dataclass(frozen=True)
class AdapterFacts:
    """What an adapter file says of itself.

    Attributes:
        targets: patterns of the layers, as for inject_lora.
        base_checkpoint: the base's file name, for people to read; nothing opens it.
        base_digest: weights_digest of the base.
        heads: whether the heads were trained, and are in the file, as well.
        panels: those whose heads the base has not: they are in the file in any case.
        outputs: what the style predicts, and its constants; None: what the base does.
    """

    targets: Sequence[str] | None
    base_checkpoint: str
    base_digest: str
    heads: bool = False
    panels: tuple[str, ...] = ()
    outputs: Outputs | None = None


def save_lora(
    path: Path,
    model: nn.Module,
    facts: AdapterFacts,
    epoch: int,
    *,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write an adapter file.

    extra: what else the file is to hold, such as what resuming needs.
    """
    layer = next(iter(lora_layers(model).values()))
    style = {} if facts.outputs is None else {"style": outputs_to_dict(facts.outputs)}
    write_torch_file(
        path,
        {
            "lora_state": lora_state(model, facts.heads, facts.panels),
            "lora_config": {
                "rank": layer.rank,
                "alpha": layer.alpha,
                "target_patterns": list(facts.targets or DEFAULT_TARGETS),
            },
            "base_checkpoint": facts.base_checkpoint,
            "base_digest": facts.base_digest,
            "epoch": epoch,
            **style,
            **(extra or {}),
        },
    )


def load_lora(
    model: AutoPilotRegressor,
    path: Path | str,
    *,
    force: bool = False,
    base_digest: str | None = None,
) -> list[str]:
    """Put an adapter from a file onto the base model it was trained on, in place.

    The model then predicts what the style does, and has its constants.

    Args:
        path: a file, or a name on the Hub (see model.hub).
        force: take an adapter that was trained on another base.
        base_digest: weights_digest of the base as it was loaded, where an adapter has been
            merged into it since; by default it is taken from the model.

    Returns:
        the replaced modules' names.

    Raises:
        InputError: not an adapter, damaged, of another architecture, or for another base.
        ValueError: the model already has LoRA layers.
    """
    path = model_file(path)
    if lora_layers(model):
        raise ValueError("the model already has LoRA layers: merge them first")
    content = read_torch_file(path)
    if not isinstance(content, dict) or "lora_state" not in content:
        raise InputError(f"{path}: not a LoRA adapter: it holds no lora_state")
    check_tensors(path, content["lora_state"])
    heads, layers = parse_adapter(path, content)
    _check_base(
        path, content.get("base_digest"), base_digest or weights_digest(model.state_dict()), force
    )
    for name, layer in layers.items():
        _check_layer(path, model, name, layer)
    new: list[str] = []
    if "style" in content:
        outputs = outputs_from_dict(content["style"], model.config.process, str(path))
        new = model.set_outputs(outputs)
    own = model.state_dict()
    begun = tuple(f"{PANEL_HEADS}.{panel}." for panel in new)
    expected = {name: own[name] for name in own if name in heads or name.startswith(begun)}
    if expected and not heads:
        raise InputError(f"{path}: lacks the heads of what its style predicts")
    if heads:
        heads = check_state(path, heads, expected, model.config.backbone.name)
    for name, layer in layers.items():
        replacement = lora_on(model.get_submodule(name), layer.down.shape[1], layer.alpha)
        with torch.no_grad():
            replacement.lora_down.copy_(layer.down)
            replacement.lora_up.copy_(layer.up)
        _replace(model, name, replacement)
    model.load_state_dict(heads, strict=False)
    return list(layers)


def merge_lora(model: nn.Module) -> list[str]:
    """Add each LoRA layer into its base and put the plain layer back; returns names."""
    layers = lora_layers(model)
    for name, layer in layers.items():
        with torch.no_grad():
            layer.base.weight.copy_(layer.weight)
        _replace(model, name, layer.base)
    return list(layers)


def _check_base(path: Path, digest: Any, base_digest: str, force: bool) -> None:
    if digest is None:
        log.warning("%s: doesn't say which base it was trained on; taken as it is", path)
    elif digest != base_digest:
        if not force:
            raise InputError(f"{path}: trained on another base checkpoint than this one")
        log.warning("%s: trained on another base checkpoint; taken because forced", path)


def _check_layer(path: Path, model: AutoPilotRegressor, name: str, layer: AdapterLayer) -> None:
    architecture = model.config.backbone.name
    modules = dict(model.named_modules())
    base = modules.get(name)
    if base is None or not takes_lora(base):
        raise InputError(f"{path}: does not fit {architecture}, which has no layer {name[:100]}")
    if (layer.up.shape[1], layer.down.shape[0]) != matrix_shape(base):
        raise InputError(f"{path}: does not fit {architecture}: other sizes in {name[:100]}")
    if not (layer.down.isfinite().all() and layer.up.isfinite().all()):
        raise InputError(f"{path}: {name[:100]} holds values that are not finite")


def _replace(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, module)
