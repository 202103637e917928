"""The pixel sample: deterministic, in proportion, clipped pixels down-weighted."""

import numpy as np

from model.solve.sampling import CLIPPED_WEIGHT, sample_pixels


def picture() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    raw = rng.uniform(0, 0.9, (90, 120, 3)).astype(np.float32)
    raw[:9] = 1.0
    target = (raw * 0.8).astype(np.float32)
    target[:, :12] = (0.5, 0.02, 0.02)  # a tenth of the picture is red
    return raw, target


def test_same_seed_same_sample_other_seed_another() -> None:
    raw, target = picture()
    first, again = (sample_pixels(raw, target, 500, 4) for _ in range(2))
    other = sample_pixels(raw, target, 500, 5)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_colours_come_in_proportion() -> None:
    raw, target = picture()
    for seed in range(5):
        _, chosen, _, _ = sample_pixels(raw, target, 400, seed)
        red = (chosen[0] == np.float32(0.5)) & (chosen[1] == np.float32(0.02))
        assert abs(red.mean() - 0.1) <= 2 / 400


def test_pixels_stay_together_and_clipped_ones_weigh_less() -> None:
    raw, target = picture()
    chosen_raw, chosen_target, weights, places = sample_pixels(raw, target, 300, 0)
    assert np.array_equal(raw.reshape(-1, 3)[places].T, chosen_raw)
    red = chosen_target[0] == np.float32(0.5)
    assert np.allclose(chosen_target[:, ~red], chosen_raw[:, ~red] * 0.8, atol=1e-6)
    clipped = chosen_raw.max(axis=0) == 1.0
    assert 0 < clipped.sum() < 300
    assert np.isclose(weights[clipped][0] / weights[~clipped][0], CLIPPED_WEIGHT)
    assert np.isclose(weights.sum(), 1.0, atol=1e-5)


def test_more_samples_than_pixels() -> None:
    raw, target = picture()
    chosen, _, _, _ = sample_pixels(raw[:4, :5], target[:4, :5], 100, 0)
    assert chosen.shape == (3, 100)
