"""`make demo-style` from import to sidecars, in little."""

from pathlib import Path

import pytest

from dataset.manifest import read_manifest
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
        assert found["ToneCurve"] == pytest.approx(known["ToneCurve"], abs=0.012)
    new = sorted((tmp_path / "new").glob("*.dng"))
    assert len(new) == 2
    for raw in new:
        sidecar, backup = raw.with_suffix(".xmp"), raw.with_name(f"{raw.stem}.xmp.bak")
        assert b"Exposure2012" not in backup.read_bytes()
        assert b"keep me" in sidecar.read_bytes()
        assert read_facts(sidecar.read_bytes(), "x").rating == 4
        assert read_settings(sidecar).other["Sharpness"] == "55"
        assert "Exposure2012" in read_settings(sidecar).sliders
    assert (tmp_path / "contact_sheet.png").stat().st_size > 100_000
