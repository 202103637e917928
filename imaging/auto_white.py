"""A white balance from the picture alone: a grey world, then somewhat warmer and greener."""

import numpy as np

from imaging.camera import Shot
from imaging.color import apply_matrix
from params.ranges import clamp
from params.white_balance import as_shot

# Published by RAWmakase (docs/tone-controls.md): Lightroom's Auto on 133 photographs, with a median
# error of 2.7 mired and 1 tint. The limits are those that Lightroom keeps to.
_WARMER_MIRED, _GREENER = 23.0, 3.0
_KELVIN, _TINT = (2850.0, 7500.0), (0.0, 30.0)
# Ours: which pixels count, of the camera's range, and how many there must be.
_NOISE, _CLIPPED = 0.002, 0.95
_LEAST_SHARE = 0.02
_LEAST = 1e-3  # of the grey's channels: what the matrices cut off may leave none


def auto_white_balance(proxy: np.ndarray, shot: Shot) -> tuple[float, float] | None:
    """Camera Raw's kelvin and tint for a picture.

    Args:
        proxy: HxWx3 float32 linear ProPhoto as process 2 decodes it, as-shot white balance.
        shot: its camera's colour.

    Returns:
        None where nothing can be said: the camera's colour is not known, or the frame is all but
        black or white.
    """
    color, neutral = shot.color, shot.neutral
    if color is None or neutral is None:
        return None
    to_prophoto = color.camera_to_prophoto(color.neutral_to_xy(neutral))
    balanced = apply_matrix(proxy, np.linalg.inv(to_prophoto * np.array(neutral)))
    largest = balanced.max(axis=-1)
    counts = (largest > _NOISE) & (largest < _CLIPPED)
    if counts.mean() < _LEAST_SHARE:
        return None
    grey = balanced[counts].mean(axis=0, dtype=np.float64) * np.array(neutral)
    found = as_shot(color, (grey / grey.max()).clip(_LEAST, None).tolist())
    kelvin = 1e6 / max(1e6 / found["Temperature"] - _WARMER_MIRED, 1.0)
    return clamp(kelvin, *_KELVIN), clamp(found["Tint"] - _GREENER, *_TINT)
