"""Edits as the page sees and changes them."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studio_client import Studio, open_studio, write_shoot

from model.render import render_record
from params.panels import PANELS
from params.ranges import neutral_params
from params.record import Record
from params.white_balance import to_relative
from studio.pictures import Picture
from studio.session import JOURNAL
from studio.wire import White, changed, curve_points, edit_json, read_changes, same_edit

AS_SHOT = {"Temperature": 4321.5, "Tint": -7.25}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("edits")
    write_shoot(folder / "shoot", 4)
    with open_studio(folder / "shoot", folder / "out", start=True) as studio:
        studio.wait_predicted()
        yield studio


def picture(studio: Studio, number: int) -> Picture:
    return studio.work.session.pictures[studio.ids[number]]


def full_record() -> Record:
    """An edit with a value of its own, of many digits, in every slider."""
    random = np.random.default_rng(5)
    params: dict[str, Any] = {}
    for panel in PANELS.values():
        for slider in panel.sliders:
            params[slider.name] = float(random.uniform(slider.low, slider.high))
    params["ConvertToGrayscale"] = 0.0
    curve = np.linspace(0.0, 1.0, 256) ** 1.3
    params |= {"ToneCurve": curve.tolist(), "ToneCurvePV2012Red": (0.9 * curve).tolist()}
    return Record(params, 2, AS_SHOT)


def test_what_is_not_touched_keeps_every_digit() -> None:
    record, white = full_record(), White(AS_SHOT)
    changes = read_changes({"set": {"Exposure2012": 1.25, "Dehaze": -3}})
    new = changed(record, changes, record, white)
    assert new.params == {**record.params, "Exposure2012": 1.25, "Dehaze": -3.0}
    # Kelvin alone leaves tint, and tint kelvin.
    warmer = changed(record, read_changes({"set": {"Temperature": 7000}}), record, white)
    assert warmer.params["Tint"] == record.params["Tint"]
    assert edit_json(warmer, white)["sliders"]["Temperature"] == 7000.0
    redder = changed(record, read_changes({"set": {"Tint": 11}}), record, white)
    assert redder.params["Temperature"] == record.params["Temperature"]
    assert edit_json(redder, white)["sliders"]["Tint"] == 11.0


def test_the_page_shows_camera_raws_numbers() -> None:
    record = Record(neutral_params() | {"Exposure2012": 0.1 + 0.2, "Contrast2012": 10.4}, 2)
    shown = edit_json(record, White(AS_SHOT))
    assert shown["sliders"]["Temperature"] == 4322.0  # as shot
    assert shown["sliders"]["Tint"] == -7.0
    assert shown["sliders"]["Exposure2012"] == 0.3
    assert shown["sliders"]["Contrast2012"] == 10.0
    assert shown["curves"]["ToneCurvePV2012"] == [[0, 0], [255, 255]]
    kelvin = to_relative(5600.0, 3.0, 2, as_shot=AS_SHOT)
    record.params |= {"Temperature": kelvin[0], "Tint": kelvin[1]}
    shown = edit_json(record, White(AS_SHOT))
    assert (shown["sliders"]["Temperature"], shown["sliders"]["Tint"]) == (5600.0, 3.0)


def test_all_sliders_come_back_as_they_were_set(studio: Studio) -> None:
    name = studio.ids[1]
    shown = studio.get("/session")
    sliders = [slider for panel in shown["panels"] for slider in panel["sliders"]]
    assert len({slider["name"] for slider in sliders}) == len(sliders) == 84
    values = {}
    for number, slider in enumerate(sliders):
        share = (number % 7 + 1) / 9.0
        value = slider["low"] + share * (slider["high"] - slider["low"])
        values[slider["name"]] = round(value, slider["decimals"])
    studio.post("/edit", ids=[name], changes={"set": values})
    assert studio.sliders(name) == values
    studio.post("/undo")


def test_points_of_a_curve_stay_those_that_were_drawn(studio: Studio) -> None:
    name, points = studio.ids[0], [[0, 10], [40, 30], [64, 70], [128, 120], [255, 240]]
    curves = {"ToneCurvePV2012": points, "ToneCurvePV2012Blue": [[0, 0], [99, 120], [255, 255]]}
    studio.post("/edit", ids=[name], changes={"curves": curves})
    shown = studio.get(f"/pictures/{name}")["edit"]["curves"]
    assert {curve: shown[curve] for curve in curves} == curves
    # Of a curve that somebody else made: points that draw it.
    record = Record(neutral_params() | {"ToneCurve": (np.linspace(0, 1, 256) ** 1.2).tolist()}, 2)
    found = np.array(curve_points(record, "ToneCurve"))
    assert 2 < len(found) <= 16
    np.testing.assert_allclose(found[:, 1], 255.0 * (found[:, 0] / 255.0) ** 1.2, atol=1.0)
    studio.post("/undo")


def test_resets(studio: Studio) -> None:
    name = studio.ids[2]
    predicted = studio.sliders(name)
    assert predicted["Exposure2012"] != 0.0
    studio.post("/edit", ids=[name], changes={"set": {"Exposure2012": 3, "GrainAmount": 40}})
    assert studio.get(f"/pictures/{name}")["corrected"]
    studio.post("/edit", ids=[name], changes={"reset": ["Exposure2012"]})
    assert studio.sliders(name) == predicted | {"GrainAmount": 40.0}
    answer = studio.post("/edit", ids=[name], changes={"reset": "neutral"})
    sliders = studio.sliders(name)
    assert (sliders["Exposure2012"], sliders["GrainAmount"]) == (0.0, 0.0)
    assert answer["what"] == "all neutral"
    answer = studio.post("/edit", ids=[name], changes={"reset": "predicted"})
    assert studio.sliders(name) == predicted
    assert not answer["pictures"][0]["corrected"]


def test_panels_that_are_edited_are_handed_over(studio: Studio) -> None:
    name = studio.ids[2]
    studio.post("/edit", ids=[name], changes={"set": {"HueAdjustmentRed": 5}})
    assert picture(studio, 2).edit.held == ("basic", "color_mixer")
    studio.post("/undo")
    assert picture(studio, 2).edit.held == ("basic",)


WRONG = [
    {"set": {"Exposure2012": "1"}},
    {"set": {"Exposure2012": True}},
    {"set": {"Exposure2012": 10**400}},
    {"set": {"NoSlider": 1}},
    {"set": {"ToneCurve": 1}},
    {"set": [1]},
    {"curves": {"ToneCurvePV2012": [[0, 0]]}},
    {"curves": {"ToneCurvePV2012": [[0, 0], [0, 255]]}},
    {"curves": {"ToneCurvePV2012": [[0, 0], [255, 256]]}},
    {"curves": {"ToneCurvePV2012": [[0, 0, 0], [255, 255, 1]]}},
    {"curves": {"ToneCurvePV2012": "0,0 255,255"}},
    {"curves": {"ToneCurvePV2012": [[0, 0]] * 10_000}},
    {"curves": {"ToneCurve": [[0, 0], [255, 255]]}},
    {"reset": "everything"},
    {"reset": [1]},
    {"reset": ["NoSlider"]},
    {"more": 1},
    [],
]


@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: str(changes)[:50])
def test_wrong_changes_are_one_line(studio: Studio, changes: Any) -> None:
    journal = studio.work.session.settings.folder / JOURNAL
    before = journal.read_bytes()
    line = studio.error("/edit", 422, ids=[studio.ids[0]], changes=changes)
    assert len(line) < 200
    studio.error(f"/pictures/{studio.ids[0]}/render", 422, changes=changes)
    assert journal.read_bytes() == before


def test_values_are_limited_to_their_ranges(studio: Studio) -> None:
    name = studio.ids[0]
    values = {"Exposure2012": 99, "Temperature": 1, "Tint": -1e9, "GrainAmount": -5}
    studio.post("/edit", ids=[name], changes={"set": values})
    shown = studio.sliders(name)
    # An edit's tint goes as far from the shot's, 10, as 150.
    assert [shown[n] for n in values] == [5.0, 2000.0, -140.0, 0.0]
    studio.post("/undo")


def test_copied_white_balance(studio: Studio) -> None:
    """As set: the same kelvin, whatever the shot's; relative: as far from it; as shot stays so."""
    first, second, third, _ = studio.ids
    session = studio.work.session
    with session.lock:
        picture(studio, 1).as_shot = {"Temperature": 3000.0, "Tint": 5.0}
    studio.post(
        "/edit", ids=[first], changes={"set": {"Temperature": 5000, "Tint": 3, "Exposure2012": 1.5}}
    )
    studio.post("/sync", **{"from": first, "to": [second, third], "white_balance": "as_set"})
    assert studio.sliders(second)["Temperature"] == 5000.0
    assert studio.sliders(second)["Tint"] == 3.0
    assert studio.sliders(third)["Exposure2012"] == 1.5
    answer = studio.post("/undo")
    assert {p["id"] for p in answer["pictures"]} == {second, third}
    studio.post("/sync", **{"from": first, "to": [second], "white_balance": "relative"})
    params = [picture(studio, number).edit.params for number in (0, 1)]
    assert params[0]["Temperature"] == params[1]["Temperature"]
    assert studio.sliders(second)["Temperature"] != 5000.0
    studio.post("/undo")
    studio.post("/edit", ids=[first], changes={"reset": ["Temperature", "Tint"]})
    studio.post("/edit", ids=[second], changes={"set": {"Temperature": 9000}})
    studio.post("/sync", **{"from": first, "to": [second]})
    assert studio.sliders(second)["Temperature"] == 3000.0  # its own shot's
    for _ in range(4):
        studio.post("/undo")


def test_panels_are_copied_one_by_one(studio: Studio) -> None:
    first, second, *_ = studio.ids
    before = studio.sliders(second)
    values = {"Exposure2012": 2, "Saturation": 33, "GrainAmount": 7, "HueAdjustmentRed": 9}
    curves = {"ToneCurvePV2012": [[0, 0], [128, 140], [255, 255]]}
    studio.post("/edit", ids=[first], changes={"set": values, "curves": curves})
    studio.post("/sync", **{"from": first, "to": [second], "panels": ["mixer", "curve"]})
    assert studio.sliders(second) == before | {"HueAdjustmentRed": 9.0}
    shown = studio.get(f"/pictures/{second}")["edit"]["curves"]
    assert shown["ToneCurvePV2012"] == curves["ToneCurvePV2012"]
    for panels in (["none"], "mixer", [1]):
        studio.error("/sync", 422, **{"from": first, "to": [second], "panels": panels})
    studio.error("/sync", 422, **{"from": first, "to": [second], "white_balance": "both"})
    studio.post("/undo")
    studio.post("/undo")


def test_the_dropper_makes_a_grey_of_what_it_picks(studio: Studio) -> None:
    session, name = studio.work.session, studio.ids[3]
    before = session.decoding.screen(picture(studio, 3), 1600, Record(neutral_params(), 2))
    height, width = before.size
    # Where the picture has most colour, away from its edges.
    inner = before.pixels[4:-4, 4:-4]
    place = int((np.ptp(inner, axis=2) / inner.mean(axis=2)).argmax())
    y, x = 4 + place // inner.shape[1], 4 + place % inner.shape[1]
    found = studio.post("/dropper", id=name, x=(x + 0.5) / width, y=(y + 0.5) / height)
    white = session.white(picture(studio, 3))
    changes = read_changes({"set": found})
    record = changed(Record(neutral_params(), 2), changes, Record(neutral_params(), 2), white)
    shot = session.decoding.shot(picture(studio, 3))
    # One colour, so that the mean of what is rendered is that of what was picked.
    patch = np.empty((8, 8, 3), np.float32)
    patch[:] = before.pixels[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))
    as_shot = render_record(patch, Record(neutral_params(), 2), shot=shot)[0, 0]
    grey = render_record(patch, record, shot=shot)[0, 0]
    assert np.ptp(as_shot) / as_shot.mean() > 0.05
    assert np.ptp(grey) / grey.mean() < 0.01  # kelvin and tint are whole numbers
    for place_of in ({"x": -0.1, "y": 0}, {"x": 0, "y": 2}, {"x": "0", "y": 0}, {"x": 0}):
        studio.error("/dropper", 422, id=name, **place_of)


def test_flags_and_ratings(studio: Studio) -> None:
    answer = studio.post("/flags", ids=studio.ids[:2], flag="reject")
    assert [p["flag"] for p in answer["pictures"]] == ["reject", "reject"]
    assert studio.get("/session")["counts"]["rejected"] == 2
    for wrong in ({"flag": "x"}, {"flag": []}, {"rating": 6}, {"rating": "1"}, {"rating": None}):
        studio.error("/flags", 422, ids=studio.ids[:1], **wrong)
    studio.post("/undo")


def test_accepted_and_changed_since(studio: Studio) -> None:
    session, name = studio.work.session, studio.ids[0]
    session.mark_accepted([name])
    assert (picture(studio, 0).accepted, picture(studio, 0).stale) == (True, False)
    studio.post("/edit", ids=[name], changes={"set": {"Exposure2012": 2}})
    assert picture(studio, 0).stale
    studio.post("/undo")
    assert (picture(studio, 0).accepted, picture(studio, 0).stale) == (True, False)


def test_edits_that_do_the_same_are_the_same() -> None:
    one, other = full_record(), full_record()
    other.params["ToneCurve"] = np.asarray(other.params["ToneCurve"])
    assert same_edit(one, other)
    other.params["Exposure2012"] = math.nextafter(other.params["Exposure2012"], 10.0)
    assert not same_edit(one, other)


def test_edits_of_process_1_by_effect(tmp_path: Path) -> None:
    """The published checkpoints' process: kelvin by what Camera Raw makes of a neutral patch."""
    write_shoot(tmp_path / "shoot", 1)
    with open_studio(tmp_path / "shoot", tmp_path / "out") as studio:
        session, shown = studio.work.session, picture(studio, 0)
        shown.predicted = Record(neutral_params() | {"Temperature": 7000.0}, 1, held=("basic",))
        white = session.white(shown)
        assert white.shot is not None
        assert len({s["name"] for p in studio.get("/session")["panels"] for s in p["sliders"]}) >= 7
        kelvin = studio.sliders(shown.id)["Temperature"]
        assert kelvin > white.as_shot["Temperature"] + 100  # type: ignore[index]
        studio.error("/edit", 422, ids=[shown.id], changes={"set": {"GrainAmount": 5}})
        studio.post("/edit", ids=[shown.id], changes={"set": {"Contrast2012": 5}})
        assert shown.edit.params["Temperature"] == 7000.0
