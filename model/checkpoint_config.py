"""The settings in a checkpoint, written and read as untrusted data; nothing of torch."""

import contextlib
import importlib.metadata
import math
from pathlib import Path
from typing import Any

from imaging.picture_statistics import STATISTICS_DIGEST
from model.config import (
    FUSIONS,
    HEAD_KINDS,
    NORMALISATION,
    POOLINGS,
    RESIDUALS,
    RESIZE,
    STATISTICS_BACKBONE,
    AutoPilotConfig,
    BackboneConfig,
)
from params.edit_process import MASKS, PROCESSES
from params.files import InputError
from params.outputs_config import outputs_from_dict, outputs_to_dict
from params.ranges import MOST_KNOTS, SLIDER_NAMES

# The settings of the published checkpoints, which hold none.
PUBLISHED = AutoPilotConfig()


def config_of(path: Path, content: Any) -> AutoPilotConfig:
    """The settings in a checkpoint's content. Raises InputError: not a checkpoint, or unknown."""
    if not isinstance(content, dict) or "model" not in content:
        if isinstance(content, dict) and "lora_state" in content:
            raise InputError(f"{path}: a LoRA adapter, not a model: give it as the adapter")
        raise InputError(f"{path}: not a checkpoint: it holds no model")
    settings = content.get("config")
    return PUBLISHED if settings is None else config_from_dict(path, settings)


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
        "residual": config.residual,
        "heads": config.heads,
        **({"statistics": STATISTICS_DIGEST} if config.backbone.sees_statistics else {}),
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
        "residual": RESIDUALS,
        "heads": HEAD_KINDS,
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
    if (
        values["backbone"] == STATISTICS_BACKBONE
        and settings.get("statistics") != STATISTICS_DIGEST
    ):
        raise InputError(
            f"{path}: learnt from other statistics of pictures than this version takes: "
            "train it again"
        )
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
        residual=values["residual"],
        heads=values["heads"],
    )


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
