"""Which pixels a fit looks at."""

import numpy as np

from imaging.color import srgb_encode

SAMPLES = 1536
# A pixel that the sensor clipped says little about colour.
CLIPPED, CLIPPED_WEIGHT = 0.98, 0.3
# How many pixels a sampled one is chosen from.
POOL = 16
_LEVELS = 16


def sample_pixels(
    raw: np.ndarray, target: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A sample of an aligned pair, stratified over tone and colour.

    The pixels are put in order of the target's tone and colour, and taken at even distances:
    every tone and colour is there in proportion, which random picking only comes near.

    Args:
        raw, target: HxWx3 linear ProPhoto.
        seed: of the order within a tone and colour, and of the first one taken.

    Returns:
        raw and target pixels [3, count], weights [count] that sum to 1, and where in the
        flattened picture the pixels are, [count].
    """
    rng = np.random.default_rng(seed)
    flat_raw, flat_target = raw.reshape(-1, 3), target.reshape(-1, 3)
    pool = np.arange(len(flat_raw))
    if len(pool) > POOL * count:  # sorting them all would cost more than the solve
        pool = rng.choice(len(pool), POOL * count, replace=False, shuffle=False)
        flat_raw, flat_target = flat_raw[pool], flat_target[pool]
    level = (srgb_encode(flat_target.clip(0.0, 1.0)) * (_LEVELS - 1e-3)).astype(np.int64)
    tone = level.sum(axis=1)
    key = (tone * _LEVELS + level[:, 0]) * _LEVELS + level[:, 2]
    order = np.argsort(key + rng.random(len(key)))
    places = (np.arange(count) + rng.random()) * (len(order) / count)
    chosen: np.ndarray = order[places.astype(np.int64).clip(0, len(order) - 1)]
    weights = np.where(flat_raw[chosen].max(axis=1) > CLIPPED, CLIPPED_WEIGHT, 1.0)
    return (
        np.ascontiguousarray(flat_raw[chosen].T, dtype=np.float32),
        np.ascontiguousarray(flat_target[chosen].T, dtype=np.float32),
        (weights / weights.sum()).astype(np.float32),
        pool[chosen],
    )
