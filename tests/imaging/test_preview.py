"""The preview: the same small picture from a RAW file, in memory and on disk."""

from pathlib import Path

import numpy as np
from PIL import Image
from simulated import scene
from tolerances import ONE_CODE_8

from dataset.synthetic.write_dng import write_dng
from imaging.preview import PREVIEW_LONG_SIDE, make_preview, read_proxy, save_preview


def test_a_preview_is_its_png(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", scene(0, 400, 600))
    proxy = read_proxy(tmp_path / "a.dng")
    preview = make_preview(proxy)
    assert preview.shape == (341, PREVIEW_LONG_SIDE, 3)
    save_preview(tmp_path / "a.png", proxy)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), preview)


def test_its_values_are_srgb() -> None:
    grey = np.full((30, 40, 3), 0.18, np.float32)
    wanted = (1.055 * 0.18 ** (1 / 2.4) - 0.055) / ONE_CODE_8
    assert set(make_preview(grey).ravel()) == {round(wanted)}
