"""Edits anywhere in what sliders and panels allow, for tests that two ways to render agree."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from params.panels import CHANNEL_CURVES, PANELS
from params.ranges import CURVE_NAME, SLIDERS, neutral_params


def random_edit(seed: int, panels: Iterable[str] = (), often: float = 0.4) -> dict[str, Any]:
    """A third of the basic sliders anywhere, a third neutral or at an end, a third left alone.

    Of the panels, each with this probability, most of the sliders anywhere.
    """
    rng = np.random.default_rng(seed)
    edit = neutral_params()
    for slider in SLIDERS:
        choice = rng.integers(3)
        ends = (slider.neutral, slider.low, slider.high)
        if choice < 2:
            anywhere = rng.uniform(slider.low, slider.high)
            edit[slider.name] = float(ends[rng.integers(3)] if choice else anywhere)
    edit["Exposure2012"] *= 0.5
    edit[CURVE_NAME] = _curve(rng)
    for name in panels:
        if rng.random() >= often:
            continue
        for slider in PANELS[name].sliders:
            if rng.random() < 0.7:
                edit[slider.name] = float(rng.uniform(slider.low, slider.high))
        if name == "vignette":
            edit["PostCropVignetteStyle"] = float(rng.integers(1, 4))
        if name == "black_and_white":
            edit["ConvertToGrayscale"] = float(rng.integers(2))
        if name == "curves":
            edit |= {c: _curve(rng) for c in CHANNEL_CURVES if rng.random() < 0.6}
    return edit


def _curve(rng: np.random.Generator) -> list[float]:
    return (np.linspace(0.0, 1.0, 16) ** rng.uniform(0.6, 1.6)).tolist()
