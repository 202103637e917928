"""Tables by a cubic between few settings are those of each setting."""

import numpy as np
import pytest
from simulated import scene

from model.edit.arrays import Array
from model.edit.base_rendering import base_table
from model.edit.highlights_shadows import gain_table
from model.edit.in_numpy import to_planes
from model.edit.scene import scene_of
from model.edit.tone_maps import blacks_table, contrast_table, whites_table
from model.solve.slider_tables import PictureTables

SETTINGS = (-100.0, -87.3, -51.0, -4.0, 0.0, 0.7, 38.0, 55.5, 99.0, 100.0)


def one(setting: float) -> Array:
    return np.array([setting], np.float32).view(Array)


@pytest.mark.parametrize("seed", [1, 2])
def test_they_are_the_sliders_own(seed: int) -> None:
    known = scene_of(to_planes(scene(seed)))
    tables, none = PictureTables(known), one(0.0)
    for setting in SETTINGS:
        amount = one(setting)
        for name, wanted in (
            ("whites", whites_table(amount, known.lift)),
            ("blacks", blacks_table(amount)),
            ("contrast", contrast_table(amount, known.pivot)),
            ("highlights", gain_table(amount, none, known.base)),
            ("shadows", gain_table(none, amount, known.base)),
            ("base", base_table(one(setting / 20.0))),
        ):
            at = setting / 20.0 if name == "base" else setting
            found = np.asarray(getattr(tables, name).at(at))
            assert found.shape == wanted.shape
            off = np.abs(found - np.asarray(wanted))
            assert off.mean() < 2e-4, (name, setting)
            assert off.max() < 2e-3, (name, setting)


def test_settings_beyond_the_ends_are_the_ends() -> None:
    tables = PictureTables(scene_of(to_planes(scene(1))))
    assert np.array_equal(tables.blacks.at(150.0), tables.blacks.at(100.0))
    assert np.array_equal(tables.blacks.at(-150.0), tables.blacks.at(-100.0))


def test_white_balance_is_remembered_and_right() -> None:
    known = scene_of(to_planes(scene(1)))
    tables = PictureTables(known)
    for kelvin in range(3000, 9000, 40):  # more than it keeps
        matrix = tables.matrix(float(kelvin), 5.0)
    wanted = known.whites[0].matrix(8960.0, 5.0)
    assert np.allclose(matrix[0], wanted, atol=1e-6)
