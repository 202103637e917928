import json
from pathlib import Path

import numpy as np
import pytest

from params.files import InputError
from params.ranges import neutral_params
from params.record import Record, read_record, record_from_json, record_to_json, write_record
from params.unsupported import Look


def some_record() -> Record:
    params = neutral_params() | {"Temperature": 7200.0, "Exposure2012": 0.5, "Blacks2012": -12.0}
    params["ToneCurve"] = (np.linspace(0, 1, 16) ** 1.2).tolist()
    return Record(
        params=params,
        as_shot={"Temperature": 5100.0, "Tint": 8.0},
        fit={"iterations": 12},
        source={"id": "a", "split": "training", "expert": "c", "raw": "a.dng", "tif": None},
        look=Look("Warm", 0.6, "0123456789ABCDEF" * 2),
        extra={"note": "kept"},
    )


def same_params(found: dict, expected: dict) -> bool:
    return found.keys() == expected.keys() and all(
        found[name] == pytest.approx(expected[name]) for name in expected
    )


def test_round_trip(tmp_path):
    path, record = tmp_path / "a.json", some_record()
    write_record(path, record)
    back = read_record(path)
    assert same_params(back.params, record.params)
    for name in ("process", "masks", "as_shot", "fit", "source", "look", "extra"):
        assert getattr(back, name) == getattr(record, name)


def test_document(tmp_path):
    path = tmp_path / "a.json"
    write_record(path, some_record())
    document = json.loads(path.read_text())
    assert document["format"] == "acr-autopilot-v1"
    assert document["process"] == 1
    assert document["params_denorm"]["Exposure2012"] == 0.5
    assert document["params_norm"]["Exposure2012"] == pytest.approx(0.1)
    assert document["params_norm"]["Temperature"] == pytest.approx((7200 - 26000) / 24000)
    assert document["params_norm"]["ToneCurve"] == document["params_denorm"]["ToneCurve"]


def test_values_are_clamped_when_written(tmp_path):
    path, record = tmp_path / "a.json", some_record()
    record.params["Contrast2012"] = 140.0
    write_record(path, record)
    document = json.loads(path.read_text())
    assert document["params_denorm"]["Contrast2012"] == 100.0
    assert document["params_norm"]["Contrast2012"] == 1.0


def test_infinite_numbers_are_never_written(tmp_path):
    record = some_record()
    record.fit = {"residual": float("nan")}
    with pytest.raises(ValueError, match="JSON compliant"):
        write_record(tmp_path / "a.json", record)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", ["params_norm", "params_denorm"])
def test_one_dictionary_and_no_added_fields(tmp_path, kept):
    path, record = tmp_path / "a.json", some_record()
    write_record(path, record)
    document = json.loads(path.read_text())
    path.write_text(json.dumps({"format": document["format"], kept: document[kept]}))
    back = read_record(path)
    assert same_params(back.params, record.params)
    assert (back.process, back.masks, back.as_shot) == (1, "plain", None)


def test_another_knot_count_is_kept(tmp_path):
    """A fit of 32 knots renders from its file as it was measured."""
    path = tmp_path / "a.json"
    write_record(path, some_record())
    document = json.loads(path.read_text())
    document["params_denorm"]["ToneCurve"] = [0.0, 0.25, 1.0]
    path.write_text(json.dumps(document))
    assert read_record(path).params["ToneCurve"] == [0.0, 0.25, 1.0]


def broken(change):
    """A good document with one thing broken."""

    def build(document):
        change(document)
        return document

    return build


BROKEN = {
    "list": lambda document: [document],
    "other format": broken(lambda d: d.update(format="acr-autopilot-v9")),
    "no dictionaries": lambda document: {"format": document["format"]},
    "unknown process": broken(lambda d: d.update(process=99)),
    "unknown masks": broken(lambda d: d.update(masks="soft")),
    "missing slider": broken(lambda d: d["params_denorm"].pop("Tint")),
    "text slider": broken(lambda d: d["params_denorm"].update(Tint="5")),
    "true slider": broken(lambda d: d["params_denorm"].update(Tint=True)),
    "short curve": broken(lambda d: d["params_denorm"].update(ToneCurve=[0.5])),
    "curve of texts": broken(lambda d: d["params_denorm"].update(ToneCurve=["a", "b"])),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_name_the_file(tmp_path, name):
    path = tmp_path / "brøken 'x'.json"
    write_record(path, some_record())
    path.write_text(json.dumps(BROKEN[name](json.loads(path.read_text()))))
    with pytest.raises(InputError, match=r"brøken 'x'\.json") as error:
        read_record(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "9" * 400])
def test_numbers_that_are_none(tmp_path, number):
    path = tmp_path / "a.json"
    write_record(path, some_record())
    path.write_text(path.read_text().replace('"Tint": 0.0', f'"Tint": {number}', 1))
    with pytest.raises(InputError, match=r"a\.json"):
        read_record(path)


@pytest.mark.parametrize("text", ["", "{", "not json", "[" * 100_000, "\udc80"])
def test_not_json(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="not a JSON file"):
        read_record(path)


def test_missing(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: No such file"):
        read_record(tmp_path / "none.json")


def with_look(look: object) -> Record:
    document = record_to_json(Record(some_record().params)) | {"look": look}
    return record_from_json(document, Path("a.json"))


def test_looks():
    assert "look" not in record_to_json(Record(some_record().params))
    assert with_look(None).look is None
    assert with_look({"name": "Warm"}).look == Look("Warm")
    assert with_look({"uuid": "ab" * 16, "amount": 2}).look == Look("", 2.0, "AB" * 16)
    assert with_look({"name": "Warm", "uuid": "none"}).look == Look("Warm")


@pytest.mark.parametrize(
    "look",
    [
        "Warm",
        ["Warm"],
        {},
        {"name": ""},
        {"name": 7},
        {"name": "Warm", "uuid": 7},
        {"name": "Warm", "amount": "1"},
        {"name": "Warm", "amount": float("nan")},
        {"name": "Warm", "amount": 2.5},
        {"name": "Warm", "amount": -0.1},
        {"name": "Warm", "amount": 10**400},
        {"name": "W" * 256},
    ],
)
def test_broken_looks(look):
    with pytest.raises(InputError, match=r"^a\.json: look"):
        with_look(look)
