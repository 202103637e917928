"""The gains of Highlights and Shadows at full size beside those of the proxy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from simulated import scene

from imaging.resize import fit_long_side, resize_area
from model.edit.highlights_shadows import gain_table, local_gain
from model.edit.local_base import local_base, luma_stops
from model.edit.strips import to_tensor

RAW = Path(__file__).resolve().parents[4] / "shared" / "data" / "raw" / "_DSC2164.ARW"
EDITS = [(-100.0, 100.0), (100.0, -100.0)]


def gains(pixels: np.ndarray, highlights: float, shadows: float) -> np.ndarray:
    """In stops, HxW, by a base layer of the picture at 512 px."""
    base = local_base(to_tensor(fit_long_side(pixels, 512)))
    table = gain_table(torch.tensor([highlights]), torch.tensor([shadows]), base)
    found, height = [], len(pixels)
    for top in range(0, height, 256):
        strip = to_tensor(pixels[top : top + 256])
        part = base.strip(top, height)
        found.append(local_gain(table, base.at(part.distances(strip)))[0, 0].numpy())
    return np.concatenate(found)


def disagreement(pixels: np.ndarray, edit: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Stops between full size, averaged down, and proxy; and where the proxy is even."""
    small = fit_long_side(pixels, 512)
    height, width = small.shape[:2]
    at_proxy = gains(small, *edit)
    assert np.ptp(at_proxy) > 1.0
    stops = luma_stops(to_tensor(small))
    around = torch.nn.functional.max_pool2d(torch.cat([stops, -stops], dim=1), 3, 1, 1)
    even = around.sum(dim=1)[0].numpy() < 0.5
    return np.abs(resize_area(gains(pixels, *edit), height, width) - at_proxy), even


@pytest.mark.parametrize("edit", EDITS)
def test_noise_does_not_move_the_gains(edit: tuple[float, float]) -> None:
    """A made-up scene of 3 MP with shot and read noise, as at a high ISO."""
    import cv2

    light = cv2.resize(scene(3, 240, 320), (2048, 1536), interpolation=cv2.INTER_NEAREST)
    light = light * np.geomspace(0.02, 1.0, 2048, dtype=np.float32)[:, None]
    noise = np.random.default_rng(0).standard_normal(light.shape)
    noisy = (light + noise * np.sqrt(light / 1500.0 + 7e-6)).clip(0.0, 1.0).astype(np.float32)
    off, even = disagreement(noisy, edit)
    assert even.mean() > 0.9
    assert off.mean() < 0.01
    assert np.quantile(off, 0.99) < 0.025  # 0.03 to 0.04 where noise moves them


@pytest.mark.slow
@pytest.mark.skipif(not RAW.is_file(), reason="the shared pictures are not here")
@pytest.mark.parametrize("edit", EDITS)
def test_a_camera_file(edit: tuple[float, float]) -> None:
    """18 MP at ISO 3200."""
    from imaging.raw import read_raw_linear_prophoto

    off, even = disagreement(read_raw_linear_prophoto(RAW), edit)
    assert even.mean() > 0.5
    assert off[even].mean() < 0.015
    assert np.quantile(off[even], 0.95) < 0.055
    assert np.quantile(off[even], 0.99) < 0.12
    assert off.mean() < 0.03
