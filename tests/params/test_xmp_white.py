"""What people are shown of an edit's white balance is what its XMP says."""

from dataclasses import replace

import pytest
from test_xmp import CAMERA, EDIT, SHOT, edit

from params.record import Record
from params.white_balance import as_shot
from params.xmp import record_to_xmp
from params.xmp_packet import read_fields
from params.xmp_white import is_as_shot, shown_settings, shown_white

THEIRS = as_shot(CAMERA, SHOT["neutral"])


@pytest.mark.parametrize("process", [1, 2])
def test_it_is_what_the_xmp_says(process: int) -> None:
    record = replace(EDIT, process=process)
    fields = read_fields(record_to_xmp(record, **SHOT), "XMP")
    shown = shown_white(record, **SHOT)
    assert shown == {"Temperature": float(fields["Temperature"]), "Tint": float(fields["Tint"])}
    settings = shown_settings(record, **SHOT)
    assert settings["Temperature"] == shown["Temperature"] != record.params["Temperature"]
    assert settings["Exposure2012"] == record.params["Exposure2012"]


def test_as_shot_is_shown_as_the_cameras_own() -> None:
    record = replace(edit(), process=2)
    assert is_as_shot(record)
    assert not is_as_shot(EDIT)
    assert shown_white(record, **SHOT) == {name: round(value) for name, value in THEIRS.items()}


def test_a_parameter_file_alone_knows_it_by_its_as_shot() -> None:
    record = replace(EDIT, process=2, as_shot=THEIRS)
    assert shown_white(record) == shown_white(record, **SHOT)


@pytest.mark.parametrize("as_shot", [None, {"Temperature": "warm"}, {"Temperature": 1e9}, 7])
def test_what_is_not_known_is_not_shown(as_shot: object) -> None:
    record = Record(EDIT.params, 2, as_shot=as_shot)  # type: ignore[arg-type]
    assert shown_white(record) is None
    assert shown_settings(record)["Temperature"] == pytest.approx(EDIT.params["Temperature"])
