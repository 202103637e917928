"""One recipe over a set: found from some pictures, kept in a file, followed by all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated import scene

from dataset.set_folder import Outputs
from dataset.synthetic.write_dng import write_dng
from imaging.camera import read_shot
from imaging.raw_picture import RawPicture
from imaging.tiff import write_tiff
from model.edit_layer import render
from params.files import InputError
from params.panels import CHANNEL_CURVES
from params.ranges import CURVE_NAME, SLIDERS, neutral_params
from params.record import read_record, write_record
from stages.fit.find_jobs import own_jobs
from stages.fit.fit_many import fit_many
from stages.fit.fit_pair import Job
from stages.fit.recipe import common_edit
from stages.fit.settings import Exports, FitSettings

SETTINGS = FitSettings(consistent=True, exports=Exports(xmp=False, preview=False))


def edit(i: int) -> dict[str, Any]:
    return neutral_params() | {"Exposure2012": 0.3, "Shadows2012": 15.0 + 10.0 * i}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    folder = tmp_path_factory.mktemp("recipe")
    for i in range(3):
        raw = folder / f"p{i}.dng"
        write_dng(raw, scene(i) * np.linspace(0.1, 1.0, 240, dtype=np.float32)[:, None])
        with RawPicture(raw) as picture:
            pixels = picture.proxy(2)
        target = render(pixels, edit(i), process=2, shot=read_shot(raw))
        write_tiff(folder / f"p{i}.tif", target)
    return own_jobs(folder)


def test_the_middle_of_edits() -> None:
    straight = np.linspace(0.0, 1.0, 16)
    bent = straight**1.2
    edits = [edit(i) | {CURVE_NAME: straight.tolist()} for i in range(3)]
    edits += [
        e | dict.fromkeys(CHANNEL_CURVES, (bent + 0.01 * i).tolist()) for i, e in enumerate(edits)
    ]
    edits = edits[1:]  # two draw the tone curve, three the channels'
    common = common_edit(edits, 2)
    assert common["Shadows2012"] == 25.0
    assert common["Temperature"] == 6500.0
    assert common[CHANNEL_CURVES[0]] == pytest.approx(bent + 0.01)
    assert common_edit([edits[0]], 2).keys() == neutral_params().keys()


def test_a_set_is_fitted_as_one_recipe(jobs: list[Job], tmp_path: Path) -> None:
    alone, together = Outputs(tmp_path / "a"), Outputs(tmp_path / "b")
    plain = FitSettings(exports=SETTINGS.exports)
    fit_many(jobs, alone, plain)
    fit_many(jobs, together, SETTINGS)
    spreads, exposures = [], []
    for outputs in (alone, together):
        params = [read_record(outputs.data(job.id, job.expert)).params for job in jobs]
        assert all(one["Temperature"] == 6500.0 for one in params)
        exposures.append([one["Exposure2012"] for one in params])
        spreads.append(sum(np.std([one[s.name] for one in params]) for s in SLIDERS[3:]))
    assert spreads[1] < spreads[0]
    recipe = read_record(together.recipe(jobs[0].expert)).params
    assert recipe["Exposure2012"] == pytest.approx(np.median(exposures[0]), abs=1e-3)
    assert "recipes" not in [path.name for path in alone.root.iterdir()]


def test_more_pictures_follow_the_recipe_that_is_there(jobs: list[Job], tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    fit_many(jobs, outputs, SETTINGS)
    file = outputs.recipe(jobs[0].expert)
    record = read_record(file)
    record.params["Contrast2012"] = 40.0
    write_record(file, record)
    changed, data = file.read_bytes(), outputs.data(jobs[1].id, jobs[1].expert)
    kept = [outputs.data(job.id, job.expert).stat().st_mtime_ns for job in jobs]
    before = read_record(data).params["Contrast2012"]
    data.unlink()
    fit_many(jobs, outputs, SETTINGS)
    assert read_record(data).params["Contrast2012"] > before + 10.0
    assert file.read_bytes() == changed
    assert [outputs.data(j.id, j.expert).stat().st_mtime_ns for j in jobs[::2]] == kept[::2]


def test_one_that_fails_leaves_the_rest(
    jobs: list[Job], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Job("broken", "training", jobs[0].expert, jobs[0].raw, tmp_path / "none.tif")
    outputs = Outputs(tmp_path / "out")
    entries = fit_many([broken, *jobs], outputs, SETTINGS)
    assert len(entries) == 3
    assert "not in the recipe" in caplog.text


def test_two_pictures_are_too_few(
    jobs: list[Job], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entries = fit_many(jobs[:2], Outputs(tmp_path), SETTINGS)
    assert len(entries) == 2
    assert "a recipe takes 3 pictures and more, this run has 2" in caplog.text


def test_finished_pictures_count_and_a_broken_recipe_is_named(
    jobs: list[Job], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outputs = Outputs(tmp_path)
    fit_many(jobs[:2], outputs, FitSettings(exports=SETTINGS.exports))
    file = outputs.recipe(jobs[0].expert)
    file.parent.mkdir()
    file.write_text("{")
    assert len(fit_many(jobs, outputs, SETTINGS)) == 3
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2
    assert warnings[0] == "2 were fitted with other --consistent; --overwrite fits them again"
    assert str(file) in warnings[1]
    assert "Exposure2012" in read_record(file).params
    told = [read_record(outputs.data(job.id, job.expert)).fit for job in jobs]
    assert [fit["consistent"] for fit in told if fit] == [False, False, True]


@pytest.mark.parametrize("given", [{"process": 1}, {"solver": "adam"}])
def test_recipes_are_for_lm_and_process_2(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="recipes are for solver lm and edit process 2"):
        FitSettings(consistent=True, **given)
