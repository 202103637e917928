"""What a model says of the pictures of a split, kept on disk: asked again only of new ones."""

import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dataset.sample_cache import cache_name, made_once
from dataset.samples import Samples, collate
from model.autopilot import AutoPilotRegressor
from model.confidence import look
from model.engine import to_device
from params.ranges import CURVE_NAME, SLIDER_NAMES


@dataclass(frozen=True)
class Said:
    """Of one picture: params_norm of its views (the first is the picture itself), sliders [V]
    and ToneCurve [V, K]; the backbone's features [F]; seconds that one prediction takes.
    """

    params_norm: dict[str, Tensor]
    features: Tensor
    seconds: float


def ask(
    model: AutoPilotRegressor,
    samples: Samples,
    device: torch.device,
    digest: str,
    *,
    with_views: bool = False,
    desc: str = "predict",
) -> dict[str, Said]:
    """What `model` says of each sample, by its id; with all its views, or of itself alone."""
    from tqdm import tqdm

    kind = f"{digest[:16]}.{'views' if with_views else 'itself'}"
    said = {}
    numbers = tqdm(
        range(len(samples)), desc=desc, unit="picture", file=sys.stderr, dynamic_ncols=True
    )
    for i in numbers:

        def make(i: int = i) -> dict[str, np.ndarray]:
            return _ask_one(model, to_device(collate([samples[i]]), device), with_views)

        one = samples.samples[i]
        file = samples.cache / cache_name(kind, [one.preview], samples.settings.image_size)
        said[one.id] = _said(made_once(file, make))
    return said


@torch.inference_mode()
def _ask_one(
    model: AutoPilotRegressor, batch: dict[str, Any], with_views: bool
) -> dict[str, np.ndarray]:
    image, metadata = batch["image"], batch.get("metadata")
    started = time.perf_counter()
    features = model.backbone(image)
    norm = model.heads(features, metadata)["params_norm"]
    sliders = torch.stack([norm[name] for name in SLIDER_NAMES], dim=1).cpu()
    seconds = time.perf_counter() - started
    first = features[0]
    if with_views:
        first, norm = look(model, image[0], features, metadata)
        sliders = torch.stack([norm[name] for name in SLIDER_NAMES], dim=1).cpu()
    return {
        "features": first.cpu().numpy(),
        "sliders": sliders.numpy(),
        "curves": norm[CURVE_NAME].cpu().numpy(),
        "seconds": np.array(seconds),
    }


def _said(arrays: dict[str, np.ndarray]) -> Said:
    sliders = torch.from_numpy(arrays["sliders"])
    norm = {name: sliders[:, i] for i, name in enumerate(SLIDER_NAMES)}
    norm[CURVE_NAME] = torch.from_numpy(arrays["curves"])
    return Said(norm, torch.from_numpy(arrays["features"]), float(arrays["seconds"]))
