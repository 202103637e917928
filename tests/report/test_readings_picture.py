"""The picture of Camera Raw's readings."""

from pathlib import Path

import numpy as np

from report.readings_picture import draw_readings


def test_patches_of_each_case_are_drawn(tmp_path: Path) -> None:
    from PIL import Image

    draw_readings(tmp_path / "a.png", ["saturation-50", "hue-red-100", "default"])
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    height, width = pixels.shape[:2]
    half = width // 2
    top, bottom = pixels[: height // 2], pixels[height // 2 :]

    def colour(part: np.ndarray) -> np.ndarray:
        return np.ptp(part, axis=2)

    # Of Saturation -50 the upper bar, before it, has the most colour; the lower two have the same.
    bars = [
        colour(top[10 + 15 * i + 3 : 10 + 15 * i + 12, half - 300 : half - 40]) for i in range(3)
    ]
    assert bars[0].mean() > 1.5 * bars[1].mean() > 0
    assert abs(bars[1].mean() - bars[2].mean()) < 0.03 * bars[1].mean()
    assert colour(bottom[:, :half]).max() > 60
    assert colour(bottom[:, half:]).max() < 10  # three cases: the last place is empty
