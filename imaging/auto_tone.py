"""What params.auto_edit asks of a picture: percentiles of its default rendering."""

import numpy as np

from imaging.camera import Shot
from imaging.color import PROPHOTO_TO_SRGB, PROPHOTO_TO_XYZ, apply_matrix, srgb_encode
from imaging.default_rendering import default_rendering
from params.auto_edit import AutoTone


def auto_tone(proxy: np.ndarray, shot: Shot) -> AutoTone:
    """The percentiles of a picture as process 2 renders it with every slider neutral.

    A profile's HueSatMap and LookTable are left out: they move colours more than tones.

    Args:
        proxy: HxWx3 float32 linear ProPhoto as process 2 decodes it, 1024 px long side as in the
            published fit (any size does).
        shot: what is known of its camera.
    """
    return tone_of(default_rendering(proxy, shot.rendering))


def tone_of(rendered: np.ndarray) -> AutoTone:
    """The percentiles of a rendered picture, HxWx3 float32 linear ProPhoto in 0..1."""
    light = apply_matrix(rendered, np.tile(PROPHOTO_TO_XYZ[1], (3, 1)))[..., 0]
    largest = apply_matrix(rendered, PROPHOTO_TO_SRGB).max(axis=-1)
    dark, *lights = np.percentile(light, (1.0, 40.0, 90.0, 99.0)).clip(0.0, 1.0)
    peaks = np.percentile(largest, (10.0, 25.0, 99.8)).clip(0.0, 1.0)
    # Encoding keeps the order: percentiles first are the same, and quicker.
    l1, l40, l90, l99 = srgb_encode(np.array([dark, *lights])).tolist()
    p10, p25, p998 = srgb_encode(peaks).tolist()
    return AutoTone(l1, l40, l90, l99, float(dark), p10, p25, p998)
