"""Model files: read as untrusted data, written whole or not at all."""

import contextlib
import hashlib
import importlib.metadata
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.autopilot import FUSIONS, AutoPilotConfig, AutoPilotRegressor
from model.backbones import POOLINGS, BackboneConfig
from model.hub import model_file
from model.preprocess import NORMALISATION, RESIZE
from model.skip_init import WithoutInitialValues
from model.torch_file import check_tensors, read_torch_file, write_torch_file
from params.edit_process import MASKS, PROCESSES
from params.files import InputError
from params.outputs_config import outputs_from_dict, outputs_to_dict
from params.ranges import MOST_KNOTS, SLIDER_NAMES

# The settings of the published checkpoints, which hold none.
PUBLISHED = AutoPilotConfig()


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
    config = _config(path, content)
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
    return _config(path, read_torch_file(path, mmap=True))


def _config(path: Path, content: Any) -> AutoPilotConfig:
    if not isinstance(content, dict) or "model" not in content:
        if isinstance(content, dict) and "lora_state" in content:
            raise InputError(f"{path}: a LoRA adapter, not a model: give it as the adapter")
        raise InputError(f"{path}: not a checkpoint: it holds no model")
    settings = content.get("config")
    return PUBLISHED if settings is None else config_from_dict(path, settings)


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


def config_to_dict(config: AutoPilotConfig) -> dict[str, Any]:
    """The settings as a checkpoint's `config` holds them."""
    return {
        "backbone": config.backbone.name,
        "pooling": config.backbone.pooling,
        "image_size": config.backbone.image_size,
        "resize": RESIZE,
        "normalisation": NORMALISATION,
        "sliders": list(SLIDER_NAMES),
        "knots": config.knots,
        "fusion": config.fusion,
        "metadata_features": config.metadata_features,
        "process": config.process,
        "masks": config.masks,
        **outputs_to_dict(config.outputs),
        "version": _project_version(),
    }


def config_from_dict(path: Path, settings: Any) -> AutoPilotConfig:
    """Check a checkpoint's `config`; names that it lacks have the published values.

    Raises:
        InputError: a value of the wrong type or range, or one this version doesn't know.
    """
    if not isinstance(settings, dict):
        raise InputError(f"{path}: its config is not a dictionary")
    known = config_to_dict(PUBLISHED)
    values = known | {name: value for name, value in settings.items() if name in known}
    choices: dict[str, tuple[Any, ...]] = {
        "pooling": POOLINGS,
        "resize": (RESIZE,),
        "normalisation": (NORMALISATION,),
        "fusion": FUSIONS,
        "process": PROCESSES,
        "masks": MASKS,
    }
    for name, allowed in choices.items():
        if type(values[name]) not in (str, int) or values[name] not in allowed:
            raise InputError(
                f"{path}: config {name} is {_short(values[name])}; this version knows "
                f"{', '.join(map(repr, allowed))}"
            )
    limits = {"image_size": (16, 2048), "knots": (2, MOST_KNOTS), "metadata_features": (1, 4096)}
    for name, (low, high) in limits.items():
        if type(values[name]) is not int or not low <= values[name] <= high:
            raise InputError(
                f"{path}: config {name} is {_short(values[name])}, not a whole number in "
                f"{low}..{high}"
            )
    if not isinstance(values["backbone"], str) or len(values["backbone"]) > 100:
        raise InputError(f"{path}: config backbone is {_short(values['backbone'])}, not a name")
    if not isinstance(values["sliders"], list | tuple) or tuple(values["sliders"]) != SLIDER_NAMES:
        raise InputError(f"{path}: its sliders are not {', '.join(SLIDER_NAMES)}, in this order")
    return AutoPilotConfig(
        backbone=BackboneConfig(
            name=values["backbone"], image_size=values["image_size"], pooling=values["pooling"]
        ),
        knots=values["knots"],
        fusion=values["fusion"],
        metadata_features=values["metadata_features"],
        process=values["process"],
        masks=values["masks"],
        outputs=outputs_from_dict(values, values["process"], str(path)),
    )


def load_backbone_weights(path: Path, model: AutoPilotRegressor) -> None:
    """Load a timm encoder's weights from a local .pt, .pth, .bin or .safetensors file.

    The file may hold the state dict itself or have it under "model" or "state_dict"; tensors
    of a classifier are left out.

    Raises:
        InputError: not such a file, or not this encoder's weights.
    """
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
    encoder = model.backbone.encoder
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


def _project_version() -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version("auto-acr")
    return "unknown"


def _short(value: Any) -> str:
    """A value from a file for a message: short, and safe to print."""
    if isinstance(value, str | int | float | bool) or value is None:
        if isinstance(value, int) and abs(value) > 10**12:
            return "a huge number"
        return repr(value)[:60] if not isinstance(value, float) or math.isfinite(value) else "nan"
    return f"a {type(value).__name__}"
