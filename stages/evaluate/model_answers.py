"""What a model gives for the pictures of a split, kept on disk: only new ones are computed."""

import functools
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dataset.sample_cache import cache_name, made_once
from dataset.samples import Samples, collate
from jobs.torch_threads import kept_threads
from model.autopilot import AutoPilotRegressor
from model.confidence import predict_views
from model.engine import to_device

_MOST_AT_ONCE = 8  # pictures, each with its views in memory


@dataclass(frozen=True)
class ModelAnswer:
    """Of one picture: params_norm of its views (the first is the picture itself), sliders [V]
    and curves [V, K]; the backbone's features [F]; seconds that one prediction takes, on CPUs on
    one core while others predict too.
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
) -> dict[str, ModelAnswer]:
    """What `model` gives for each sample, by its id; for all its views, or for the picture only.

    On CPUs every core has a picture of its own, up to _MOST_AT_ONCE: a sixth less time than all
    cores on one.
    """
    from tqdm import tqdm

    kind = f"{digest[:16]}.{'views' if with_views else 'itself'}.alone.edits"

    def answer(i: int) -> ModelAnswer:
        def make() -> dict[str, np.ndarray]:
            return _ask_one(model, to_device(collate([samples[i]]), device), with_views)

        name = cache_name(kind, [samples.samples[i].seen], samples.settings.image_size)
        return _answer_of(made_once(samples.cache / name, make))

    with kept_threads() as cores:
        at_once = min(cores, _MOST_AT_ONCE) if device.type == "cpu" else 1
        own = functools.partial(torch.set_num_threads, cores // at_once)
        pool = ThreadPoolExecutor(at_once, "ask", own)
        try:
            given = pool.map(answer, range(len(samples)))
            bar = tqdm(
                given,
                desc=desc,
                total=len(samples),
                unit="picture",
                file=sys.stderr,
                dynamic_ncols=True,
            )
            return {sample.id: one for sample, one in zip(samples.samples, bar, strict=True)}
        finally:
            pool.shutdown(cancel_futures=True)


@torch.inference_mode()
def _ask_one(
    model: AutoPilotRegressor, batch: dict[str, Any], with_views: bool
) -> dict[str, np.ndarray]:
    image, metadata, start = batch["image"], batch.get("metadata"), batch.get("start")
    started = time.perf_counter()
    features = model.backbone(image)
    norm = model.heads(features, metadata, start)["params_norm"]
    arrays = _arrays(norm)
    seconds = time.perf_counter() - started
    first = features[0]
    if with_views:
        first, norm = predict_views(model, image[0], features, metadata, start)
        arrays = _arrays(norm)
    return {**arrays, "features": first.cpu().numpy(), "seconds": np.array(seconds)}


def _arrays(norm: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: value.cpu().numpy() for name, value in norm.items()}


def _answer_of(arrays: dict[str, np.ndarray]) -> ModelAnswer:
    rest = dict(arrays)
    features, seconds = torch.from_numpy(rest.pop("features")), float(rest.pop("seconds"))
    return ModelAnswer({n: torch.from_numpy(v) for n, v in rest.items()}, features, seconds)
