"""How far renders of the chart are from Camera Raw's own: mean ΔE00 over a case's patches."""

import functools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.color import PROPHOTO_TO_SRGB, srgb_encode
from imaging.delta_e import delta_e2000
from params.files import REPO_ROOT
from params.white_balance import temperature_tint_to_xy
from report.camera_raw_chart import as_shot, scene

DATA = REPO_ROOT / "tests" / "data" / "camera_raw_readings.json"
# Brighter than the camera's white in the file: Camera Raw rebuilds them, this project clips.
CLIPPED = ("ramp22", "ramp23")
# Scene -> rendered, both 1x3xNx1 linear ProPhoto.
Pipeline = Callable[[Tensor], Tensor]


@functools.cache
def readings() -> dict[str, Any]:
    return json.loads(DATA.read_text(encoding="utf-8"))


def settings(case: str) -> dict[str, Any]:
    """A case's settings as XMP names them: numbers as floats, curves as they are."""
    found = readings()["cases"][case]["settings"]
    return {k: v if isinstance(v, list) else float(v) for k, v in found.items() if v != "Custom"}


def reading(case: str) -> tuple[list[str], np.ndarray]:
    """The patches that are compared, and Camera Raw's encoded sRGB of them, (N, 3) in 0..1."""
    found = readings()["cases"][case]
    names = readings()["patches"][found["patches"]]
    values = np.array(found["readings"]).reshape(-1, 3) / 65535.0
    kept = [i for i, name in enumerate(names) if name not in CLIPPED]
    return [names[i] for i in kept], values[kept]


def as_picture(colors: np.ndarray) -> Tensor:
    """(N, 3) -> 1x3xNx1, float64."""
    return torch.from_numpy(colors).T.reshape(1, 3, -1, 1).double()


def scene_light(case: str, names: list[str]) -> Tensor:
    """Patches under a case's white balance, 1x3xNx1 linear ProPhoto."""
    found = settings(case)
    if "Temperature" not in found:
        return as_picture(as_shot(names))
    return as_picture(scene(names, temperature_tint_to_xy(found["Temperature"], found["Tint"])))


def distances(case: str, pipeline: Pipeline) -> np.ndarray:
    """ΔE00 of each patch of a case: our render, clipped to sRGB, against Camera Raw's."""
    from skimage.color import rgb2lab

    names, wanted = reading(case)
    with torch.no_grad():
        rendered = pipeline(scene_light(case, names))[0, :, :, 0].T.numpy()
    ours = srgb_encode((rendered @ PROPHOTO_TO_SRGB.T).clip(0.0, 1.0))
    return delta_e2000(*(np.moveaxis(rgb2lab(patches), -1, 0) for patches in (ours, wanted)))


def mean_delta_e(case: str, pipeline: Pipeline) -> float:
    return float(distances(case, pipeline).mean())


def slider(value: float) -> Tensor:
    """One slider's setting as the steps take it."""
    return torch.tensor([value], dtype=torch.float64)
