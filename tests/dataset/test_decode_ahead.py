"""Pairs and statistics made by several processes: the same cache as one by one."""

from pathlib import Path

import numpy as np
import pytest

import dataset.decode_ahead
from dataset.decode_ahead import decode_ahead
from dataset.manifest import read_manifest
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples
from dataset.synthetic.make_set import Recipe, make_set
from jobs.where import Where

SIDE = 64


def arrays(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as content:
            found[file.name] = dict(content)
    return found


def test_the_same_cache_as_one_by_one(tmp_path, monkeypatch) -> None:
    make_set(Recipe(pictures=4, styles=("airy",), tiffs=True), tmp_path / "set")
    entries = read_manifest(tmp_path / "set" / "dataset_manifest.jsonl")
    entries[3].path("tif").write_bytes(b"no TIFF")
    settings = SampleSettings(32, process=2, edit_resolution=SIDE, statistics=True, start=True)
    ahead, alone = tmp_path / "ahead", tmp_path / "alone"
    decode_ahead(entries, settings, ahead, Where(2))  # too few: left to Samples
    assert not ahead.exists()
    monkeypatch.setattr(dataset.decode_ahead, "FEW", 2)
    decode_ahead(entries, settings, ahead, Where(2))
    made = arrays(ahead)
    assert len(Samples(entries, settings, cache=alone)) == 3
    wanted = arrays(alone)
    # Of the broken pair there are the statistics, which need no TIFF, and the automatic edit.
    more = [made.pop(name) for name in made.keys() - wanted.keys()]
    assert {name for content in more for name in content} == {"statistics", "tone"}
    assert made.keys() == wanted.keys()
    for kind in ("statistics", "tone"):
        assert sum(kind in content for content in made.values()) == 3
    for name, content in made.items():
        if "statistics" in content:
            assert content["statistics"] == pytest.approx(wanted[name]["statistics"], abs=1e-5)
            continue
        if "tone" in content:
            assert content["tone"] == pytest.approx(wanted[name]["tone"], abs=1e-5)
            continue
        # Sums of the registration depend on the number of threads.
        assert content["raw"] == pytest.approx(wanted[name]["raw"], abs=2e-3)
        assert content["target"] == pytest.approx(wanted[name]["target"], abs=2e-3)
    # Samples finds what was made, and a second call has nothing left but the broken one.
    dates = {file: file.stat().st_mtime_ns for file in ahead.iterdir()}
    decode_ahead(entries, settings, ahead, Where(2))
    assert len(Samples(entries, settings, cache=ahead)) == 3
    assert {file: file.stat().st_mtime_ns for file in dates} == dates
