"""The table of Camera Raw's readings: whose distances are in it, and what it prints."""

import pytest

import scripts.process_report
from report.readings_table import Row, rows


@pytest.fixture(scope="module")
def table() -> list[Row]:
    return rows()


def test_the_operators_are_nearer_than_the_peer_in_every_case(table: list[Row]) -> None:
    assert len(table) == 80
    assert all(row.operators < row.peer for row in table)
    assert max(row.operators for row in table) < 0.75
    assert sum(row.operators for row in table) / len(table) < 0.4


def test_process_2_is_compared_where_it_has_the_sliders(table: list[Row]) -> None:
    ours = {row.case: row.process_2 for row in table}
    assert ours["default"] == pytest.approx(0.75, abs=0.1)
    assert ours["temperature-8000"] == pytest.approx(0.65, abs=0.1)
    assert ours["hue-red+100"] is None
    assert ours["highlights+60"] is None
    assert ours["pair-shadows+60-blacks-50"] is None


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert scripts.process_report.main(["--readings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("mean of 80")
    assert len(lines) == 82
