"""ΔE00 in float32 against Sharma's table and scikit-image's in float64."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000
from test_metrics import SHARMA

from imaging.delta_e import delta_e2000

TABLE = np.array(SHARMA)


def test_sharmas_pairs_in_float64() -> None:
    found = delta_e2000(TABLE[:, :3].T, TABLE[:, 3:6].T)
    off = np.abs(found - TABLE[:, 6])
    opposite = (TABLE[:, 1:3] == -TABLE[:, 4:6]).all(axis=1)
    assert off[~opposite].max() < 5.5e-5
    assert off[opposite].max() < 1e-3


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.3, 3.0, 20.0])
def test_random_colours_are_scikit_images(spread: float) -> None:
    random = np.random.default_rng(0)
    first = random.normal((50, 0, 0), (20, 30, 30), (40000, 3)).astype(np.float32)
    second = (first + random.normal(0.0, spread, first.shape)).astype(np.float32)
    found = delta_e2000(first.T, second.T)
    assert found.dtype == np.float32
    off = np.abs(found - deltaE_ciede2000(first.astype(float), second.astype(float)))
    # The formula jumps where hues lie opposite each other; next to there float32 may, too.
    assert np.quantile(off, 0.999) < 1e-4
    assert off.max() < 0.1


def test_greys_and_like_colours_have_no_hue_to_differ_in() -> None:
    greys = np.array([[0.0, 30.0, 100.0], [0.0] * 3, [0.0] * 3], np.float32)
    assert (delta_e2000(greys, greys) == 0.0).all()
    colour = np.array([[50.0], [20.0], [-30.0]], np.float32)
    assert delta_e2000(colour, colour) == pytest.approx([0.0], abs=1e-6)
    wanted = deltaE_ciede2000(np.array([[50.0, 0.0, 0.0]]), colour.T.astype(float))
    assert delta_e2000(greys[:, 1:2] * 0.0 + [[50], [0], [0]], colour) == pytest.approx(wanted)
