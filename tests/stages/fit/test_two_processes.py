"""Fits of two edit processes in one folder: one is current, the other is kept."""

from pathlib import Path

import pytest

import scripts.fivek_tif_to_xmp
from dataset.manifest import read_manifest
from params.record import read_record


def test_the_other_process_is_fitted_anew_and_the_old_file_kept(
    pairs: Path, tmp_path: Path
) -> None:
    words = ["--root", str(pairs), "--output", str(tmp_path), "--limit", "1", "--device", "cpu"]
    main = scripts.fivek_tif_to_xmp.main
    assert main([*words, "--process", "1"]) == 0
    (data,) = (tmp_path / "data").glob("*.json")
    first = data.read_bytes()
    assert read_record(data).process == 1
    assert main(words) == 0  # process 2 by default
    assert read_record(data).process == 2
    kept = data.with_name(f"{data.stem}__p1.json")
    assert kept.read_bytes() == first
    assert len(read_manifest(tmp_path / "dataset_manifest.jsonl")) == 1
    second = data.read_bytes()
    assert main([*words, "--process", "2"]) == 0
    assert data.read_bytes() == second


def test_what_is_written_can_be_rendered(pairs: Path, tmp_path: Path) -> None:
    """Fit, then render with the parameter file: as near to the TIFF as the fit says."""
    import scripts.apply_params
    from dataset.pairs import load_pair
    from imaging.metrics import difference
    from imaging.tiff import read_tif16

    words = ["--root", str(pairs), "--output", str(tmp_path), "--limit", "1", "--device", "cpu"]
    assert scripts.fivek_tif_to_xmp.main([*words, "--process", "2"]) == 0
    (entry,) = read_manifest(tmp_path / "dataset_manifest.jsonl")
    record = read_record(entry.path("data"))
    out = tmp_path / "a.tif"
    arguments = [str(entry.path("raw")), str(entry.path("data")), "--out", str(out)]
    assert scripts.apply_params.main([*arguments, "--device", "cpu", "--demosaic", "ahd"]) == 0
    pair = load_pair(entry.path("raw"), out, 512)
    target = load_pair(entry.path("raw"), entry.path("tif"), 512).target
    assert read_tif16(out).shape == read_tif16(entry.path("tif")).shape
    assert record.fit is not None
    error = difference(pair.target, target).delta_e
    assert error < record.fit["after"]["delta_e"] + 0.3


CENTRED = ("--process", "1", "--solver", "adam", "--masks", "centred")


def test_centred_masks_are_fitted_written_and_rendered(pairs: Path, tmp_path: Path) -> None:
    """The picture that was measured is the one that the parameter file renders."""
    from dataset.pairs import load_pair
    from imaging.metrics import difference
    from model.render import render_record

    words = ["--root", str(pairs), "--output", str(tmp_path), "--limit", "1", "--device", "cpu"]
    main = scripts.fivek_tif_to_xmp.main
    assert main([*words, *CENTRED, "--steps", "4"]) == 0
    (entry,) = read_manifest(tmp_path / "dataset_manifest.jsonl")
    record = read_record(entry.path("data"))
    assert (record.process, record.masks) == (1, "centred")
    pair = load_pair(entry.path("raw"), entry.path("tif"), 512, 1)
    assert record.fit is not None
    after = record.fit["after"]["delta_e"]
    rendered = render_record(pair.raw, record)
    assert difference(rendered, pair.target).delta_e == pytest.approx(after, abs=2e-3)
    assert main([*words, "--process", "1"]) == 0  # plain ones are another fit
    assert read_record(entry.path("data")).masks == "plain"


@pytest.mark.parametrize("words", [CENTRED[:2] + CENTRED[4:], CENTRED[2:]], ids=["lm", "process 2"])
def test_masks_that_cannot_be_fitted_are_refused_in_a_line(
    pairs: Path, tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--root", str(pairs), "--output", str(tmp_path), "--device", "cpu", *words]
    with pytest.raises(SystemExit) as wrong_call:
        scripts.fivek_tif_to_xmp.main(given)
    assert wrong_call.value.code == 2
    err = capsys.readouterr().err
    assert err.count("centred masks take process 1 and solver adam") == 1
    assert err.count("error") + err.count("ERROR") == 1
    assert list(tmp_path.iterdir()) == []
