"""An edit through XMP and back renders as before: what whole numbers and 16 points cost."""

from pathlib import Path

import numpy as np
import pytest
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from imaging.camera import Shot, read_shot
from imaging.metrics import delta_e00
from model.render import render
from params.edit_process import edit_process
from params.record import Record
from params.xmp import record_to_xmp, xmp_to_params
from params.xmp_settings import read_settings
from scripts.bench.xmp import random_edit


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    path = tmp_path_factory.mktemp("shot") / "a.dng"
    write_dng(path, scene(0, 64, 96))
    return read_shot(path)


@pytest.mark.parametrize(("process", "worst"), [(2, 0.2), (1, 0.8)])
def test_the_picture_comes_back(shot: Shot, process: int, worst: float, tmp_path: Path) -> None:
    picture, random, means = scene(1, 128, 192), np.random.default_rng(20), []
    for _ in range(8):
        edit = random_edit(random, process)
        packet = record_to_xmp(
            Record(edit, process=process), camera=shot.color, neutral=shot.neutral
        )
        settings = read_settings(packet)
        assert settings.process == process
        back, warnings = xmp_to_params(
            settings,
            process,
            camera=shot.color,
            neutral=shot.neutral,
            knots=edit_process(process).curve_knots_read,
        )
        assert warnings == []
        before, after = (
            render(picture, params, process=process, shot=shot) for params in (edit, back)
        )
        assert delta_e00(before, picture).mean() > 1.0
        means.append(float(delta_e00(before, after).mean()))
    assert max(means) < worst
    assert np.mean(means) < 0.7 * worst
