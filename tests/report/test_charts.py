"""Charts: what is seen in them, one style whatever the user's settings, and no global state."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from params.files import InputError
from params.ranges import CURVE_NAME, neutral_params
from report.charts import BLUE, GREY, RED, draw_curves, draw_histograms, draw_learning_curve

REPO = Path(__file__).resolve().parents[2]


def read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def of_colour(pixels: np.ndarray, colour: str) -> np.ndarray:
    near: np.ndarray = np.abs(pixels - 255 * np.array(to_rgb(colour))).sum(axis=-1) < 30
    return near


def test_the_learning_curve_is_in_order(tmp_path: Path) -> None:
    lines = {"base": [11.0] * 3, "nearest": [10.0, 9.0, 8.0], "LoRA": [6.0, 5.0, 4.0]}
    draw_learning_curve(tmp_path / "a.png", [5, 10, 20], lines, "t $x^2$ <b>")
    pixels = read(tmp_path / "a.png")
    heights = [np.nonzero(of_colour(pixels, colour))[0].mean() for colour in (GREY, BLUE, RED)]
    assert heights[0] < heights[1] - 20 < heights[2] - 60
    # In even steps a doubling: three dots of LoRA's line, as far apart.
    wide = of_colour(pixels, RED)[:, :620].sum(axis=0) > 4
    starts = np.nonzero(np.diff(wide.astype(int)) == 1)[0]
    assert len(starts) == 3
    assert np.ptp(np.diff(starts)) <= 2


def histograms(path: Path, **edits: list[float]) -> np.ndarray:
    count = len(next(iter(edits.values())))
    params: list[dict[str, Any]] = [
        neutral_params() | {name: values[i] for name, values in edits.items()} for i in range(count)
    ]
    draw_histograms(path, params, "some")
    return read(path)


def test_bars_are_of_the_pictures_that_moved_a_slider(tmp_path: Path) -> None:
    pixels = histograms(tmp_path / "a.png", Tint=[-100.0, -100.0, 0.0, 0.0], Contrast2012=[0.0] * 4)
    tint, contrast = of_colour(pixels[75:240], BLUE)[:, 420:706], of_colour(pixels[75:240], BLUE)
    across = np.nonzero(tint)[1]
    assert tint.sum() > 500
    assert across.min() > 285 * 50 / 300 - 10  # -100 of -150 to 150
    assert across.max() < 285 * 50 / 300 + 10
    assert contrast[:, 1140:1426].sum() == 0


def test_temperature_is_in_even_steps_of_mired(tmp_path: Path) -> None:
    def place(kelvin: float) -> float:
        pixels = histograms(tmp_path / "a.png", Temperature=[kelvin] * 3)
        return float(np.nonzero(of_colour(pixels[75:240], BLUE)[:, 60:346])[1].mean())

    wanted = [285 * (500 - 1e6 / kelvin) / 480 for kelvin in (2500.0, 4000.0, 20000.0)]
    assert [place(k) for k in (2500.0, 4000.0, 20000.0)] == pytest.approx(wanted, abs=6)


def test_tone_curves_are_seen(tmp_path: Path) -> None:
    bent = neutral_params()
    bent[CURVE_NAME] = list(np.linspace(0.0, 1.0, 16) ** 0.5)
    draw_histograms(tmp_path / "bent.png", [bent], "one")
    draw_histograms(tmp_path / "none.png", [neutral_params()], "one")
    changed = np.abs(read(tmp_path / "bent.png") - read(tmp_path / "none.png")).sum(axis=-1) > 60
    down, across = np.nonzero(changed)
    assert down.min() >= 570
    assert across.min() >= 780


def test_the_users_settings_change_nothing(tmp_path: Path) -> None:
    rows = [{"epoch": str(i), "train_loss": str(1 / i)} for i in (1, 2, 3)]
    draw_curves(tmp_path / "a.png", rows)
    with matplotlib.rc_context({"figure.facecolor": "black", "font.size": 20.0}):
        draw_curves(tmp_path / "b.png", rows)
        assert matplotlib.rcParams["font.size"] == 20.0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_folder_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        draw_curves(tmp_path / "file" / "a.png", [{"epoch": "1", "train_loss": "1"}])


def test_no_window_and_no_pyplot(tmp_path: Path) -> None:
    """pyplot keeps every figure, and picks a window system: neither is wanted of a library."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom report.charts import draw_curves\n"
        "assert 'matplotlib' not in sys.modules\n"
        "draw_curves(Path(sys.argv[1]), [{'epoch': '1', 'train_loss': '1'}])\n"
        "print(*{'matplotlib', 'matplotlib.pyplot', 'tkinter'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.png")],
        cwd=REPO,
        env={name: value for name, value in os.environ.items() if name != "MPLBACKEND"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["matplotlib"]
