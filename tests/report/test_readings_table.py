"""The table of Camera Raw's readings: whose distances are in it, and what it prints."""

import pytest

import scripts.process_report
from report.camera_raw_readings import readings
from report.readings_table import Row, rows

# Mean ΔE00 that a case may have, by how its name begins; "" is any other.
MOST = {
    "default": 0.4,
    "exposure": 0.7,
    **dict.fromkeys(("contrast", "blacks", "whites"), 0.7),
    **dict.fromkeys(("vibrance", "saturation-50"), 1.1),
    **dict.fromkeys(("temperature", "tint"), 0.7),
    "grading": 1.3,
    "calibration": 1.2,
    "parametric": 0.7,
    "curve": 0.6,
    "pair": 1.3,
    "highlights": 1.0,
    "shadows": 1.0,
    "": 0.8,
}


@pytest.fixture(scope="module")
def table() -> list[Row]:
    return rows()


def test_process_2_is_nearer_than_the_peer_in_every_case(table: list[Row]) -> None:
    assert {row.case for row in table} == readings()["cases"].keys()
    assert len(table) == 80
    assert all(row.process_2 < row.peer for row in table)
    assert sum(row.process_2 for row in table) / len(table) < 0.4


def test_every_kind_is_near_enough(table: list[Row]) -> None:
    for row in table:
        most = next(most for start, most in MOST.items() if row.case.startswith(start))
        assert row.process_2 <= most, row.case


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert scripts.process_report.main(["--readings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("mean of 80")
    assert len(lines) == 82
