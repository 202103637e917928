"""Random edits with any of a process's panels, and shots with all that a profile may bring."""

from typing import Any

import numpy as np
from look_files import fade, look_block, rgb_block

from imaging.camera import Shot
from params.camera_color import XYZ_TO_PROPHOTO, CameraColor
from params.edit_process import edit_process
from params.look_profile import LookProfile
from params.look_tables import look_table, rgb_table
from params.panels import CHANNEL_CURVES, CURVES, PANELS
from params.profile_table import ProfileTable, profile_table
from params.ranges import CURVE_NAME, SLIDERS, Slider, neutral_params
from params.rendering import Rendering
from params.resolved_look import ResolvedLook, resolve

_WHOLE = ("PostCropVignetteStyle", "ConvertToGrayscale")
_CAMERA = CameraColor(
    color_matrix_1=XYZ_TO_PROPHOTO,
    color_matrix_2=XYZ_TO_PROPHOTO * [[1.1], [1.0], [0.92]],
    illuminant_1=17,
    illuminant_2=21,
)


def random_edit(rng: np.random.Generator, process: int) -> dict[str, Any]:
    """About half of the panels, and of the sliders of each; up to six tenths of their way."""
    edit: dict[str, Any] = neutral_params(16)
    edit |= {slider.name: _setting(rng, slider) for slider in SLIDERS if rng.random() < 0.7}
    edit["Temperature"] = 1e6 / (1e6 / 6500.0 + rng.uniform(-40.0, 40.0))
    if rng.random() < 0.6:
        edit[CURVE_NAME] = _curve(rng, 16)
    for name in edit_process(process).panels:
        if rng.random() < 0.5:
            chosen = [s for s in PANELS[name].sliders if rng.random() < 0.5]
            edit |= {slider.name: _setting(rng, slider) for slider in chosen}
            if name == CURVES.name:
                edit |= {c: _curve(rng, 9) for c in CHANNEL_CURVES if rng.random() < 0.5}
    return edit


def random_shot(rng: np.random.Generator) -> Shot | None:
    """A camera with maps for two lights, a look table and a creative look; each at times."""
    if rng.random() < 0.2:
        return None
    rendering = Rendering(
        exposure=float(rng.uniform(-0.5, 1.0)),
        shadows=float(rng.choice([5.0, 2.0, 0.0])),
        hue_sat=(_table(rng, 6, 4), _table(rng, 6, 4))[: rng.integers(0, 3)],
        look=(_table(rng, 8, 3, 4, 1),)[: rng.integers(0, 2)],
        base=str(rng.choice(["camera-raw", "camera-raw", "dng-sdk"])),
        creative=_look(rng) if rng.random() < 0.4 else None,
    )
    return Shot(_CAMERA, (0.5, 1.0, 0.7), rendering)


def _setting(rng: np.random.Generator, slider: Slider) -> float:
    if slider.name in _WHOLE:
        return float(rng.integers(int(slider.low), int(slider.high) + 1))
    end = slider.high if rng.random() < 0.5 else slider.low
    return float(slider.neutral + 0.6 * rng.random() * (end - slider.neutral))


def _curve(rng: np.random.Generator, knots: int) -> list[float]:
    ends = rng.uniform(0.0, 0.1), rng.uniform(0.85, 1.0)
    return (
        ends[0] + (ends[1] - ends[0]) * np.linspace(0.0, 1.0, knots) ** rng.uniform(0.6, 1.6)
    ).tolist()


def _table(
    rng: np.random.Generator, hues: int, saturations: int, values: int = 1, encoded: int = 0
) -> ProfileTable:
    data = rng.uniform(-1.0, 1.0, (values, hues, saturations, 3)) * [25.0, 0.3, 0.3] + [0, 1, 1]
    table = profile_table((hues, saturations, values), data, (encoded,))
    assert table is not None
    return table


def _look(rng: np.random.Generator) -> ResolvedLook | None:
    entries = rng.uniform(-1.0, 1.0, (1, 6, 3, 3)) * [20.0, 0.2, 0.1] + [0, 1, 1]
    space = str(rng.choice(["adobe", "prophoto"])), str(rng.choice(["2.2", "srgb", "rec2020"]))
    profile = LookProfile(
        "Of tests",
        look_table=look_table(look_block(entries.astype(np.float32))),
        rgb_table=rgb_table(rgb_block(9, fade, space)),
        curves=(((0, 0), (64, 44), (192, 214), (255, 255)), ((0, 20), (255, 240)), None, None),
    )
    return resolve(profile, float(rng.uniform(0.3, 1.5)))
