"""Model files: read as untrusted data, written whole or not at all."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.autopilot import AutoPilotRegressor
from model.checkpoint_config import config_of, config_to_dict
from model.config import AutoPilotConfig
from model.hub import model_file
from model.skip_init import WithoutInitialValues
from model.torch_file import check_tensors, read_torch_file, write_torch_file
from params.files import InputError


def load_model(
    path: Path | str, device: torch.device | str = "cpu"
) -> tuple[AutoPilotRegressor, AutoPilotConfig]:
    """Load a published checkpoint or one of ours, ready to predict (eval mode).

    path: a file, or a name on the Hub (see model.hub).

    Raises:
        InputError: not a checkpoint, damaged, of another architecture, or unsafe.
    """
    path = model_file(path)
    content = read_torch_file(path)
    config = config_of(path, content)
    # On "meta" nothing is allocated: a hostile file can't ask for more than it holds.
    try:
        with torch.device("meta"), WithoutInitialValues():
            expected = AutoPilotRegressor(config).state_dict()
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    state = check_state(path, content["model"], expected, config.backbone.name)
    try:
        with WithoutInitialValues():
            model = AutoPilotRegressor(config)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    model.load_state_dict(state)
    return model.to(device).eval(), config


def read_config(path: Path | str) -> AutoPilotConfig:
    """What load_model() says of a checkpoint, in a fraction of the time. Raises InputError."""
    path = model_file(path)
    return config_of(path, read_torch_file(path, mmap=True))


def save_model(
    path: Path, model: AutoPilotRegressor, extra: Mapping[str, Any] | None = None
) -> None:
    """Write a checkpoint: `model`, `config`, and what `extra` adds (epoch, stats, …)."""
    state = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    write_torch_file(
        path, {"model": state, "config": config_to_dict(model.config), **(extra or {})}
    )


def weights_digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over the tensors of a state dict: name, type, shape and bytes, by name."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def check_state(
    path: Path, state: Any, expected: Mapping[str, Tensor], architecture: str
) -> dict[str, Tensor]:
    """Check a state dict from a file against names and shapes; floats come back as float32.

    Raises:
        InputError: not tensors, other names or shapes, or values that aren't finite.
    """
    check_tensors(path, state)
    missing, surplus = expected.keys() - state.keys(), state.keys() - expected.keys()
    if missing or surplus:
        problems = [
            f"{len(names)} {kind} (such as {min(names)[:100]})"
            for names, kind in ((missing, "missing"), (surplus, "unknown"))
            if names
        ]
        raise InputError(f"{path}: does not fit {architecture}: tensors {', '.join(problems)}")
    checked = {}
    for name, model_tensor in expected.items():
        tensor = state[name]
        if tensor.shape != model_tensor.shape:
            raise InputError(
                f"{path}: does not fit {architecture}: {name} is {list(tensor.shape)}, "
                f"not {list(model_tensor.shape)}"
            )
        if tensor.is_floating_point() != model_tensor.is_floating_point():
            raise InputError(f"{path}: {name} is {tensor.dtype}, not {model_tensor.dtype}")
        tensor = tensor.detach().to(model_tensor.dtype)
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise InputError(f"{path}: {name} holds values that are not finite")
        checked[name] = tensor
    return checked


def load_backbone_weights(path: Path, model: AutoPilotRegressor) -> None:
    """Load a timm encoder's weights from a local .pt, .pth, .bin or .safetensors file.

    The file may hold the state dict itself or have it under "model" or "state_dict"; tensors
    of a classifier are left out.

    Raises:
        InputError: not such a file, not this encoder's weights, or the backbone has no encoder.
    """
    encoder = getattr(model.backbone, "encoder", None)
    if encoder is None:
        raise InputError(f"backbone {model.config.backbone.name}: takes no weights from a file")
    if path.suffix.lower() == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            content: Any = load_file(path)
        except (OSError, SafetensorError) as error:
            raise InputError(
                f"{path}: not a safetensors file: {' '.join(str(error).split())}"
            ) from error
    else:
        content = read_torch_file(path)
        for key in ("model", "state_dict"):
            if isinstance(content, dict) and isinstance(content.get(key), dict):
                content = content[key]
    expected = encoder.state_dict()
    if isinstance(content, dict):
        classifiers = ("head.", "fc.", "classifier.", "head_dist.")
        content = {
            name: value
            for name, value in content.items()
            if name in expected or not str(name).startswith(classifiers)
        }
    name = model.config.backbone.name
    encoder.load_state_dict(check_state(path, content, expected, name))
