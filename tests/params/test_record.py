import json
from pathlib import Path

import numpy as np
import pytest

from params import panels
from params.edit_process import PROCESS_2
from params.files import InputError
from params.ranges import (
    denormalize_scalars,
    neutral_params,
    normalize_scalars,
    normalize_tone_curve,
)
from params.record import (
    Record,
    limit_params,
    read_record,
    record_from_json,
    record_to_json,
    write_record,
)
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


PANELS = {
    "HueAdjustmentRed": 20.0,
    "SplitToningShadowHue": 210.0,
    "SplitToningShadowSaturation": 15.0,
    "ColorGradeBlending": 100.0,
    "ParametricShadowSplit": 30.0,
    "ParametricDarks": -12.0,
    "ConvertToGrayscale": 1.0,
    "CurveRefineSaturation": 60.0,
    "ToneCurvePV2012Blue": [0.1, 0.4, 0.3, 0.9],
}


def panel_record(process: int = 2, **more) -> Record:
    record = some_record()
    record.process = process
    record.params |= PANELS | more
    return record


class TestPanels:
    @pytest.mark.parametrize("kept", ["params_norm", "params_denorm"])
    def test_either_dictionary_holds_those_that_are_moved(self, tmp_path, kept):
        path = tmp_path / "a.json"
        neutral = {"RedHue": 0.0, "ToneCurvePV2012Red": [0.0, 0.5, 1.0]}
        write_record(path, panel_record(**neutral))
        document = json.loads(path.read_text())
        assert not neutral.keys() & document["params_denorm"].keys()
        path.write_text(json.dumps({"process": 2, kept: document[kept]}))
        assert same_params(read_record(path).params, panel_record().params)

    def test_the_norm_dictionary_is_each_range_from_minus_1_to_1(self):
        norm = record_to_json(panel_record())["params_norm"]
        assert norm["HueAdjustmentRed"] == pytest.approx(0.2)
        assert norm["SplitToningShadowHue"] == pytest.approx(210 / 180 - 1)
        assert norm["ParametricShadowSplit"] == pytest.approx(-1 / 3)
        assert norm["ConvertToGrayscale"] == 1.0
        assert norm["ToneCurvePV2012Blue"] == PANELS["ToneCurvePV2012Blue"]

    def test_neutral_values_are_exact_in_both(self):
        sliders = [slider for panel in panels.PANELS.values() for slider in panel.sliders]
        neutral = {slider.name: slider.neutral for slider in sliders}
        assert denormalize_scalars(normalize_scalars(neutral, sliders), sliders) == neutral

    def test_values_are_limited_and_then_neutral_ones_left_out(self):
        far = {
            "HueAdjustmentRed": 300.0,
            "ColorGradeGlobalSat": -5.0,
            "ToneCurvePV2012Red": [2, -1],
        }
        params = record_to_json(panel_record(**far))["params_denorm"]
        assert params["HueAdjustmentRed"] == 100.0
        assert params["ColorGradeGlobalSat"] == 0.0
        assert params["ToneCurvePV2012Red"] == [1.0, 0.0]
        assert "ColorGradeGlobalSat" not in limit_params(
            neutral_params() | {"ColorGradeGlobalSat": -5.0}, PROCESS_2
        )

    def test_process_1_holds_none(self, tmp_path):
        path = tmp_path / "a.json"
        write_record(path, panel_record(process=1))
        assert same_params(read_record(path).params, some_record().params)
        document = json.loads(path.read_text())
        document["params_denorm"] |= {"HueAdjustmentRed": "broken"}
        path.write_text(json.dumps(document))
        assert same_params(read_record(path).params, some_record().params)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HueAdjustmentRed", float("nan")),
            ("HueAdjustmentRed", "5"),
            ("ConvertToGrayscale", True),
            ("ToneCurvePV2012Red", [0.0, float("inf")]),
            ("ToneCurvePV2012Red", [0.5]),
            ("ToneCurvePV2012Red", None),
            ("ToneCurvePV2012Red", {"a": 1}),
            ("ToneCurvePV2012Red", [0, 10**400]),
        ],
    )
    def test_what_is_no_number_is_one_line(self, name, value):
        document = record_to_json(panel_record())
        document["params_denorm"][name] = value
        with pytest.raises(InputError, match=r"a\.json: ") as error:
            record_from_json(document, Path("a.json"))
        assert "\n" not in str(error.value)


class TestFreeCurve:
    CURVE = (0.1, 0.6, 0.4, 0.8)

    def test_process_2_keeps_ends_and_falling_stretches(self, tmp_path):
        record = panel_record(ToneCurve=[*self.CURVE, 1.5])
        write_record(tmp_path / "a.json", record)
        assert read_record(tmp_path / "a.json").params["ToneCurve"] == [*self.CURVE, 1.0]

    def test_process_1_makes_it_legal(self, tmp_path):
        record = panel_record(process=1, ToneCurve=self.CURVE)
        write_record(tmp_path / "a.json", record)
        legal = normalize_tone_curve(self.CURVE, 4).tolist()
        assert read_record(tmp_path / "a.json").params["ToneCurve"] == legal
        document = json.loads((tmp_path / "a.json").read_text())
        document["params_denorm"]["ToneCurve"] = [-1.0, 0.0, 3.0]
        assert record_from_json(document, tmp_path).params["ToneCurve"] == [0.0, 0.25, 1.0]


def test_odd_names_and_values_are_told_once(tmp_path, caplog) -> None:
    path = tmp_path / "odd.json"
    edit = neutral_params() | {"Exposure2012": 9.0, "Nonsense": 1.0, "HueAdjustmentRed": -300.0}
    edit["ToneCurve"] = list(edit["ToneCurve"])
    path.write_text(json.dumps({"process": 2, "params_denorm": edit}))
    for _ in range(2):
        found = read_record(path).params
    assert (found["Exposure2012"], found["HueAdjustmentRed"]) == (5.0, -100.0)
    assert [record.message for record in caplog.records] == [
        f"{path}: left out, no sliders of edit process 2: Nonsense",
        f"{path}: limited to their range: Exposure2012 9, HueAdjustmentRed -300",
    ]


def test_a_file_of_ours_is_read_without_a_word(tmp_path, caplog) -> None:
    record = Record(neutral_params() | {"Exposure2012": 5.0, "HueAdjustmentRed": -100.0}, 2)
    write_record(tmp_path / "a.json", record)
    read_record(tmp_path / "a.json")
    assert caplog.records == []
