"""`make demo-style` from import to sidecars, in little."""

from pathlib import Path

import numpy as np
import pytest

from dataset.manifest import read_manifest
from dataset.synthetic.whole_style import CONSTANTS
from params.files import read_json
from params.panels import PANELS
from params.record import read_record
from params.xmp_facts import read_facts
from params.xmp_settings import read_settings
from scripts import demo_style


@pytest.mark.slow
def test_from_sidecars_to_sidecars(tmp_path: Path) -> None:
    words = ["--output", str(tmp_path), "--pictures", "12", "--epochs", "1", "--device", "cpu"]
    assert demo_style.main(words) == 0
    entries = read_manifest(tmp_path / "dataset_manifest.jsonl")
    assert len(entries) == 10
    made = tmp_path / "made" / "data"
    for entry in entries:
        found = read_record(entry.path("data")).params
        known = read_record(made / f"{entry.id}__{demo_style.STYLE}.json").params
        assert found["Exposure2012"] == pytest.approx(known["Exposure2012"], abs=0.006)
        # Whole kelvin and whole tint of Camera Raw.
        assert 1e6 / found["Temperature"] == pytest.approx(1e6 / known["Temperature"], abs=0.1)
        assert found["Tint"] == pytest.approx(known["Tint"], abs=0.51)
        assert found["Clarity2012"] == known["Clarity2012"]
        assert found["SplitToningShadowHue"] == known["SplitToningShadowHue"]
        for curve in ("ToneCurve", "ToneCurvePV2012Red"):
            places = np.linspace(0.0, 1.0, len(found[curve]))
            drawn = np.interp(np.linspace(0.0, 1.0, 16), places, found[curve])
            assert drawn == pytest.approx(known[curve], abs=0.012)
    new = sorted((tmp_path / "new").glob("*.dng"))
    assert len(new) == 4
    for raw in new:
        sidecar, backup = raw.with_suffix(".xmp"), raw.with_name(f"{raw.stem}.xmp.bak")
        assert b"Exposure2012" not in backup.read_bytes()
        assert b"keep me" in sidecar.read_bytes()
        assert read_facts(sidecar.read_bytes(), "x").rating == 4
        assert read_settings(sidecar).other["Sharpness"] == "55"
        written = read_settings(sidecar)
        assert "Exposure2012" in written.sliders
        assert written.panels["Texture"] == CONSTANTS["Texture"]
        assert {"Clarity2012", "PostCropVignetteAmount", "GrainAmount"} <= written.panels.keys()
    assert (tmp_path / "contact_sheet.png").stat().st_size > 50_000
    compared = read_json(tmp_path / "comparison.json")
    ways = ["as shot", "preset", "nearest", "basic only", "basic on preset", "whole edit"]
    ways.append("statistics")
    assert [way.rstrip(" 0123456789") for way in compared] == ways
    for one in compared.values():
        assert len(one["delta_e"]) == len(new)
        assert one["panels"].keys() == set(PANELS)
    # The constants are learnt without a step of training.
    assert compared["whole edit"]["mean_delta_e"] < compared["basic only"]["mean_delta_e"]
    assert "| whole edit |" in (tmp_path / "comparison.md").read_text(encoding="utf-8")
