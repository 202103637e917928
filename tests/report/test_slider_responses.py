"""The report on what the sliders do: its figures, its picture, its command."""

from pathlib import Path

import numpy as np
import pytest

import scripts.process_report
from model.edit import measured_tone as measured
from report.slider_responses import PATCH, WEDGE, Response, draw_responses, patch_stops, responses


def test_misses_are_distances_from_the_measurements() -> None:
    response = Response("Blacks2012", 50.0, WEDGE + 1.0, WEDGE, tuple(map(float, measured.L_IN)))
    assert response.misses(response.process_2) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert response.misses(response.process_1) == pytest.approx((1.0, 1.0))


def test_process_2_meets_the_issues_figures() -> None:
    found = responses()
    assert len(found) == 24
    for response in found:
        mean, worst = response.misses(response.process_2)
        local = response.slider in ("Highlights2012", "Shadows2012")
        assert mean < (2.5 if local else 1.5)
        assert local or worst < 6.0
        assert mean < response.misses(response.process_1)[0]
    for (slider, setting), wanted in PATCH.items():
        moved = np.array(patch_stops(slider, setting))
        assert np.abs(moved - wanted)[1:].max() < 0.5


def test_the_chart_is_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    some = [Response("Shadows2012", 50.0, WEDGE, WEDGE, measured.LIGHTNESS["Shadows2012"][50.0])]
    draw_responses(tmp_path / "a.png", some)
    with Image.open(tmp_path / "a.png") as chart:
        pixels = np.asarray(chart.convert("RGB"))
    assert pixels.shape[0] > 300
    coloured = pixels.max(axis=2).astype(int) - pixels.min(axis=2) > 60
    assert coloured.sum() > 300


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scripts.process_report.main(["--out", str(tmp_path / "a.png")]) == 0
    assert (tmp_path / "a.png").is_file()
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(("Exposure", "Contrast", "Whites")) for line in lines) == 12
