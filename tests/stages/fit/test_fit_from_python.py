"""Fitting without a command line."""

from dataclasses import replace
from pathlib import Path

import pytest
from simulated import EDIT

from dataset.manifest import read_manifest
from dataset.set_folder import Outputs
from params.files import InputError
from params.record import read_record, write_record
from stages.fit.find_jobs import own_jobs, table_jobs
from stages.fit.fit_many import fit_many
from stages.fit.fit_pair import fit_pair
from stages.fit.settings import Exports, FitSettings


def test_a_pair_becomes_a_record(pairs: Path) -> None:
    before = sorted(pairs.rglob("*"))
    raw, tif = pairs / "raw" / "one.dng", pairs / "edited" / "one.tif"
    record = fit_pair(raw, tif, FitSettings(process=1))
    assert record.process == 1
    assert record.params["Exposure2012"] == pytest.approx(EDIT["Exposure2012"], abs=0.2)
    assert record.fit is not None
    assert record.fit["after"]["delta_e"] < 1.0 < record.fit["before"]["delta_e"]
    assert fit_pair(raw, tif).process == 2
    assert sorted(pairs.rglob("*")) == before


def test_a_folder_becomes_a_manifest(pairs: Path, tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    jobs = own_jobs(pairs / "raw", pairs / "edited", split="validation")
    settings = FitSettings(process=1, exports=Exports(xmp=False))
    entries = fit_many(jobs, outputs, settings, outputs.manifest)
    assert [entry.id for entry in entries] == ["one", "two & 2"]
    lines = read_manifest(outputs.manifest)
    assert [(line.id, line.split) for line in lines] == [(e.id, "validation") for e in entries]
    assert not (tmp_path / "xmps").exists()
    files = [entry.path("data") for entry in entries]
    assert [read_record(file).process for file in files] == [1, 1]
    # A second run has nothing to do, and returns the same.
    dates = [file.stat().st_mtime_ns for file in files]
    assert fit_many(jobs, outputs, settings) == entries
    assert [file.stat().st_mtime_ns for file in files] == dates


def test_finished_fits_with_other_settings_are_counted(
    pairs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outputs = Outputs(tmp_path)
    jobs = own_jobs(pairs / "raw", pairs / "edited")
    settings = FitSettings(exports=Exports(xmp=False))
    entries = fit_many(jobs, outputs, settings)
    files = [entry.path("data") for entry in entries]
    fits = [read_record(file).fit for file in files]
    assert all(fit and fit["sliders"] == ["basic"] and fit["plausible"] == 1.0 for fit in fits)
    assert [fit["consistent"] for fit in fits if fit] == [False, False]
    others = replace(settings, sliders=("basic", "mixer"), plausible=0.5)
    fit_many(jobs, outputs, settings)
    assert "were fitted with" not in caplog.text
    fit_many(jobs, outputs, others)
    assert caplog.text.count("were fitted with other") == 1
    assert "2 were fitted with other --sliders or --plausible; --overwrite fits" in caplog.text
    # A file that doesn't tell is not known to differ.
    old = read_record(files[0])
    assert old.fit is not None
    old.fit = {name: value for name, value in old.fit.items() if name in ("before", "after")}
    write_record(files[0], old)
    fit_many(jobs, outputs, others)
    assert "1 were fitted with other --sliders or --plausible" in caplog.text


def test_a_table_names_pairs(pairs: Path, tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    raw, tif = pairs / "raw" / "one.dng", pairs / "edited" / "two & 2.tif"
    table.write_text(f'"{raw}","{tif}"\n'.replace('"ß"', '""ß""'), encoding="utf-8")
    [job] = table_jobs(table, expert="me")
    assert (job.id, job.expert, job.raw, job.tif) == ("one", "me", raw, tif)
    with pytest.raises(InputError, match="no such file"):
        own_jobs(tmp_path / "nowhere")
