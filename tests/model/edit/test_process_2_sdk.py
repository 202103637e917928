"""Process 2 against renders by Adobe's DNG SDK, of two simulated DNGs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imaging.camera import read_shot
from imaging.metrics import delta_e00
from imaging.raw import read_raw_linear_prophoto
from imaging.resize import resize_area
from model.edit_layer import render
from params.ranges import neutral_params
from params.rendering import Rendering
from params.white_balance import to_relative

SHARED = Path(__file__).resolve().parents[4] / "shared"
LINE = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))
# Setting of the file -> the rendering, and kelvin and tint when they are not as shot.
SETTINGS: dict[int, tuple[Rendering, tuple[float, float] | None]] = {
    0: (Rendering(shadows=0.0, curve=LINE), None),
    1: (Rendering(), None),
    2: (Rendering(exposure=1.0), None),
    3: (Rendering(exposure=-1.0), None),
    4: (Rendering(shadows=0.0, curve=LINE), (4000.0, 0.0)),
    5: (Rendering(shadows=0.0, curve=LINE), (8500.0, 20.0)),
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared renders are not here")
@pytest.mark.parametrize("name", ["coffee", "chelsea"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_as_the_sdk_renders(name: str, setting: int) -> None:
    rendering, white = SETTINGS[setting]
    raw = SHARED / "data" / "raw" / f"sim_{name}.dng"
    with np.load(SHARED / "fixtures" / "sdk_renders.npz", allow_pickle=False) as renders:
        wanted = renders[f"{name}_{setting}"].astype(np.float32) / 65535.0
    shot = replace(read_shot(raw), rendering=replace(rendering, base="dng-sdk"))
    params = neutral_params()
    if white is not None:
        params["Temperature"], params["Tint"], _ = to_relative(
            *white, 2, camera=shot.color, neutral=shot.neutral
        )
    found = render(read_raw_linear_prophoto(raw, process=2), params, process=2, shot=shot)
    assert delta_e00(resize_area(found, *wanted.shape[:2]), wanted).mean() <= 0.5
