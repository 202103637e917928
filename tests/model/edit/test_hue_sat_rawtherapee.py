"""A profile's tables as RawTherapee applies them, where it is installed."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dataset.synthetic.write_dng import write_dng
from imaging.tiff import read_tif16
from model.edit.hue_sat import apply_maps
from params.profile_table import profile_table

RAWTHERAPEE = shutil.which("rawtherapee-cli")
ROWS, COLUMNS, PATCH = 6, 9, 48
# Means of patches, in parts of the range; RawTherapee looks the sRGB curve up in a table.
WORST, MEAN = 1e-3, 2e-4
SETTINGS = """[Version]
AppVersion=5.9
Version=349
[Exposure]
Auto=false
Compensation={exposure}
HighlightCompr=0
CurveMode=Standard
Curve=0;
[White Balance]
Enabled=true
Setting=Camera
[Color Management]
InputProfile=file:{profile}
ToneCurve=false
ApplyLookTable=true
ApplyBaselineExposureOffset=false
ApplyHueSatMap=true
WorkingProfile=ProPhoto
OutputProfile=RTv4_Large
[Sharpening]
Enabled=false
"""


def entries(seed: int, *shape: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    drawn = random.uniform([-25.0, 0.7, 0.75], [25.0, 1.3, 1.2], (*shape, 3))
    drawn[..., 0, 2] = 1.0
    return drawn.astype(np.float32)


def tags(dims: int, data: int, encoding: int, drawn: np.ndarray) -> list[Any]:
    values, hues, saturations = drawn.shape[:3]
    return [
        (dims, "I", 3, (hues, saturations, values), True),
        (data, "f", drawn.size, tuple(drawn.ravel().tolist()), True),
        (encoding, "I", 1, int(values > 1), True),
    ]


def rendered(folder: Path, name: str, exposure: float, given: list[Any]) -> torch.Tensor:
    """1x3xROWSxCOLUMNS: the patches of a simulated RAW file, through RawTherapee."""
    colours = np.random.default_rng(3).random((ROWS, COLUMNS, 3)) ** 1.5 * 0.5 + 0.05
    colours = 0.5 * colours + 0.5 * colours.mean(axis=2, keepdims=True)
    picture = np.kron(colours, np.ones((PATCH, PATCH, 1))).astype(np.float32)
    raw, settings, out = (folder / f"{name}.{kind}" for kind in ("dng", "pp3", "tif"))
    write_dng(raw, picture, noise=0.0, tags=given)
    settings.write_text(SETTINGS.format(exposure=exposure, profile=raw))
    assert RAWTHERAPEE is not None
    how = ["-q", "-o", out, "-tz", "-b16", "-Y", "-p", settings, "-c", raw]
    subprocess.run(
        [RAWTHERAPEE, *how], check=True, capture_output=True, env=os.environ | {"HOME": str(folder)}
    )
    pixels = read_tif16(out)
    step = np.array(pixels.shape[:2]) / (ROWS, COLUMNS)
    means = [
        [
            pixels[top - 6 : top + 6, left - 6 : left + 6].mean(axis=(0, 1))
            for left in ((np.arange(COLUMNS) + 0.5) * step[1]).astype(int)
        ]
        for top in ((np.arange(ROWS) + 0.5) * step[0]).astype(int)
    ]
    return torch.from_numpy(np.array(means, dtype=np.float64)).permute(2, 0, 1)[None]


@pytest.mark.skipif(RAWTHERAPEE is None, reason="rawtherapee-cli is not installed")
def test_both_tables_with_exposure_between_them(tmp_path: Path) -> None:
    hue_sat, look = entries(1, 3, 6, 3), entries(2, 4, 8, 3)
    given = tags(50937, 50938, 51107, hue_sat) + tags(50981, 50982, 51108, look)
    plain = rendered(tmp_path, "plain", 0.0, [])
    found = rendered(tmp_path, "both", 0.6, given)
    first, second = (
        (profile_table((hues, saturations, values), drawn, (1,)),)
        for drawn in (hue_sat, look)
        for values, hues, saturations in [drawn.shape[:3]]
    )
    wanted = apply_maps((apply_maps(plain, [first]) * 2.0**0.6).clamp(0.0, 1.0), [second])
    assert (found - plain).abs().max() > 0.1
    assert (found - wanted).abs().max() < WORST
    assert (found - wanted).abs().mean() < MEAN
    # In another order it would be another picture.
    for other in (
        apply_maps(apply_maps((plain * 2.0**0.6).clamp(0.0, 1.0), [first]), [second]),
        (apply_maps(apply_maps(plain, [first]), [second]) * 2.0**0.6).clamp(0.0, 1.0),
    ):
        assert (found - other).abs().max() > 10 * WORST
