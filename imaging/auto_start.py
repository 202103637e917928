"""Where a model of differences starts at: the sliders of a picture's automatic edit."""

from dataclasses import asdict

import numpy as np

from imaging.auto_tone import auto_tone
from imaging.camera import Shot
from params.auto_edit import AutoTone, auto_edit
from params.ranges import SLIDER_NAMES, normalize_scalars


def auto_start(proxy: np.ndarray, shot: Shot) -> np.ndarray:
    """The ten sliders of a picture's automatic edit, white balance as shot.

    Args:
        proxy: HxWx3 float32 linear ProPhoto as process 2 decodes it.
        shot: what is known of its camera.

    Returns:
        float32 [10] in [-1, 1], in the order of SLIDER_NAMES.
    """
    return start_of(tone_numbers(auto_tone(proxy, shot)))


def tone_numbers(tone: AutoTone) -> np.ndarray:
    """What start_of() needs of a picture, [8]; it outlives changes of the formulas."""
    return np.array(list(asdict(tone).values()))


def start_of(tone: np.ndarray) -> np.ndarray:
    """auto_start() from tone_numbers()."""
    norm = normalize_scalars(auto_edit(AutoTone(*tone.tolist())))
    return np.array([norm[name] for name in SLIDER_NAMES], np.float32)
