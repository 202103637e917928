"""What goes on in the studio's background: thumbnails, facts, predictions, comparisons, events."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studio_client import Studio, open_studio, pixels_of, write_shoot

from params.files import InputError
from stages.predict.decoded_raw import decode_raw
from stages.predict.load_predictor import load_predictor
from studio.attention import Attention
from studio.kept import Kept
from studio.models import AUTO
from studio.session import Session
from studio.settings import StudioSettings
from studio.stored_edit import edit_from_json, edit_to_json
from studio.wire import same_edit


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bursts of two, of one scene by the clock, and one picture much later."""
    folder = tmp_path_factory.mktemp("background") / "shoot"
    paths = write_shoot(folder, 5, seconds=1.0)
    for number, path in enumerate(paths):
        data = path.read_bytes()
        old = time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(1.7e9 + number)).encode()
        later = (0, 1, 30, 31, 90_000)[number]
        new = time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(1.7e9 + later)).encode()
        assert data.count(old) == 1
        path.write_bytes(data.replace(old, new))
    return folder


def compared(studio: Studio) -> bool:
    """Whether all that can be compared has been."""
    pictures = studio.work.session.pictures.values()
    return all(picture.size_of_edit is not None for picture in pictures)


def test_from_the_first_thumbnail_to_neighbours(shoot: Path, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    with open_studio(shoot, tmp_path / "out") as studio:
        studio.work.session.subscribe(events.append)
        first = studio.ids[0]
        answer = studio.client.get(f"/api/pictures/{first}/thumb?v=0")
        assert max(pixels_of(answer.content).shape) == 96
        assert studio.get(f"/pictures/{first}")["status"] == "waiting"
        studio.work.start()
        studio.wait_predicted()
        studio.wait(lambda: compared(studio))
        shown = studio.get("/pictures")["pictures"]
        assert [p["group"] for p in shown] == [*[shown[0]["id"]] * 2, *[shown[2]["id"]] * 2, None]
        assert all(p["size"] > 1.0 for p in shown)
        studio.wait(lambda: studio.get("/pictures")["pictures"][3]["differs"] is not None)
        assert studio.get("/pictures")["pictures"][4]["differs"] is None
        assert [p["width"] for p in shown] == [96] * 5
        assert shown[0]["camera"] == "Simulated Camera"
        # The thumbnail has another address, and shows the edit.
        assert shown[0]["thumb"] > 0
        after = studio.client.get(f"/api/pictures/{first}/thumb?v=1").content
        before = studio.client.get(f"/api/pictures/{first}/thumb?v=1&before=1").content
        assert after != before
        assert np.abs(pixels_of(before).mean() - pixels_of(answer.content).mean()) < 2.0
        # One that is edited far from its neighbours says so.
        studio.wait(lambda: studio.get(f"/pictures/{first}")["differs"] is not None)
        near = studio.get(f"/pictures/{first}")["differs"]
        studio.post("/edit", ids=[first], changes={"set": {"Exposure2012": 4}})
        studio.wait(lambda: (studio.get(f"/pictures/{first}")["differs"] or 0) > near + 5)
    progress = [event for event in events if event["kind"] == "progress"]
    assert [(event["done"], event["total"]) for event in progress] == [(n, 5) for n in range(1, 6)]
    assert {event["what"] for event in progress} == {"predict"}
    revisions = [event["revision"] for event in events if event["kind"] == "pictures"]
    assert revisions == sorted(set(revisions))


def test_predictions_are_the_commands_own(shoot: Path, tmp_path: Path) -> None:
    with open_studio(shoot, tmp_path / "out", start=True) as studio:
        studio.wait_predicted()
        session = studio.work.session
        picture = session.pictures[studio.ids[1]]
        predictor = load_predictor(session.settings.predicting(None))
        decoded = decode_raw(picture.path, predictor.process)
        expected = predictor.predict_from(picture.path, *decoded[:3]).record
        assert picture.predicted is not None
        assert same_edit(picture.predicted, expected)
        assert picture.predicted.extra == expected.extra


def test_a_restart_does_not_predict_again(
    shoot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with open_studio(shoot, out, start=True) as studio:
        studio.wait_predicted()
        before = [p.predicted for p in studio.work.session.pictures.values()]
    with open_studio(shoot, out) as studio:
        after = [p.predicted for p in studio.work.session.pictures.values()]
        assert after == before
    # Nothing but the studio's own folder has been written.
    assert [path.name for path in out.iterdir()] == [".studio"]
    assert {path.suffix for path in shoot.iterdir()} == {".dng"}
    # A file that is another one now, and a damaged prediction, are predicted again.
    kept = sorted((out / ".studio" / "predicted").rglob("*.json"))
    assert len(kept) == 5
    document = json.loads(kept[0].read_text())
    kept[0].write_text(json.dumps({**document, "source": [1, 2]}))
    kept[1].write_text("{")
    kept[2].write_text(json.dumps({**document, "edit": {"params_denorm": {"Exposure2012": "x"}}}))
    with open_studio(shoot, out) as studio:
        states = [p.status for p in studio.work.session.pictures.values()]
        assert sorted(states) == ["predicted"] * 2 + ["waiting"] * 3


def test_another_model_leaves_corrections(shoot: Path, tmp_path: Path) -> None:
    preset = tmp_path / "warm.xmp"
    preset.write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Exposure2012="+1.50" '
        'crs:GrainAmount="25" crs:ProcessVersion="11.0"/></rdf:RDF></x:xmpmeta>'
    )
    with open_studio(shoot, tmp_path / "out", start=True, presets=[preset]) as studio:
        studio.wait_predicted()
        first, second, *_ = studio.ids
        models = studio.get("/session")["models"]
        assert [model["kind"] for model in models] == ["auto", "preset"]
        assert studio.get("/session")["current_model"] == models[0]["id"]
        auto = studio.sliders(second)
        studio.post("/edit", ids=[first], changes={"set": {"Contrast2012": 77}})
        corrected = studio.sliders(first)
        both = ",".join(model["id"] for model in models)
        compared = studio.get(f"/compare/{second}?models={both}")["models"]
        assert compared[0]["edit"]["sliders"] == auto
        assert compared[1]["edit"]["sliders"]["GrainAmount"] == 25.0
        looks = [
            studio.picture(f"/pictures/{second}/render", model=model["id"]) for model in models
        ]
        assert np.abs(looks[0].astype(int) - looks[1]).mean() > 1.0
        studio.post("/predict", model=models[1]["id"])
        studio.wait_predicted()
        assert studio.sliders(first) == corrected
        assert studio.get(f"/pictures/{first}")["predicted"]["sliders"]["Exposure2012"] == 1.5
        assert studio.sliders(second)["Exposure2012"] == 1.5
        for wrong in ({"model": "none"}, {"model": models[0]["id"], "ids": ["none"]}):
            studio.error("/predict", 404, **wrong)
        studio.error("/predict", 422)
    with open_studio(shoot, tmp_path / "out", presets=[preset]) as studio:
        assert studio.get("/session")["current_model"] == models[1]["id"]
    with open_studio(shoot, tmp_path / "out") as studio:
        assert studio.get("/session")["current_model"] == models[0]["id"]


def test_a_checkpoint_with_adapters_gives_models_to_choose(
    checkpoint: Path, shoot: Path, tmp_path: Path
) -> None:
    settings = StudioSettings([shoot], tmp_path / "out", checkpoints=[checkpoint])
    with Session(settings) as session:
        kinds = [(model.kind, model.name) for model in session.models]
        assert kinds == [(AUTO, "Auto"), ("checkpoint", checkpoint.stem)]
        assert session.models[session.current_model].kind == "checkpoint"
    with pytest.raises(InputError, match=r"none\.pt"):
        Session(StudioSettings([shoot], tmp_path / "out", checkpoints=[tmp_path / "none.pt"]))


def test_predicting_can_be_cancelled(shoot: Path, tmp_path: Path) -> None:
    with open_studio(shoot, tmp_path / "out") as studio:
        predicting, gate = studio.work.predicting, threading.Event()
        predicting._after = gate
        predicting.start()
        studio.post("/cancel")
        gate.set()
        time.sleep(0.1)
        assert {p.status for p in studio.work.session.pictures.values()} == {"waiting"}
        last = studio.ids[-1]
        studio.post("/predict", model=studio.work.session.current_model, ids=[last])
        studio.wait(lambda: studio.get(f"/pictures/{last}")["status"] == "predicted")
        # It comes first; what was cancelled waits for nobody to name it, but for its turn.
        studio.wait(lambda: studio.get("/session")["counts"]["predicted"] == len(studio.ids))


def test_pages_are_told_as_it_comes_about(shoot: Path, tmp_path: Path) -> None:
    with open_studio(shoot, tmp_path / "out") as studio:
        session, lines = studio.work.session, list[Any]()
        told = threading.Event()

        def act() -> None:
            studio.wait(lambda: bool(session._listeners._all))
            session.set_states({}, "nothing")
            session.tell({"kind": "message", "level": "warning", "text": "</script>"})
            studio.post("/flags", ids=studio.ids[:1], flag="pick")
            told.set()
            session.tell({"kind": "closing"})

        thread = threading.Thread(target=act)
        thread.start()
        with studio.client.stream("GET", "/api/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = [json.loads(x[6:]) for x in answer.iter_lines() if x.startswith("data: ")]
        thread.join()
        assert told.is_set()
        assert [line["kind"] for line in lines] == ["pictures", "message", "pictures"]
        assert lines[2]["pictures"][0]["flag"] == "pick"
        assert lines[2]["revision"] == lines[0]["revision"] + 1
        assert not session._listeners._all


def test_ratings_of_the_files_are_shown(tmp_path: Path) -> None:
    (raw, _) = write_shoot(tmp_path / "shoot", 2)
    raw.with_suffix(".xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
    )
    with open_studio(tmp_path / "shoot", tmp_path / "out", start=True) as studio:
        studio.wait(studio.work.looking.all.is_set)
        assert [p["rating"] for p in studio.get("/pictures")["pictures"]] == [4, 0]
        studio.post("/flags", ids=studio.ids[:1], rating=0)
        assert studio.get("/pictures")["pictures"][0]["rating"] == 0


class Thing:
    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_what_is_kept_is_bounded() -> None:
    kept: Kept[Thing] = Kept(100, 3)
    for number in range(50):
        kept.get(number, lambda: Thing(40))
        assert kept.nbytes <= 100
    assert kept.peek(49) is not None
    assert kept.peek(0) is None
    kept.get("large", lambda: Thing(1000))
    assert len(kept) == 1
    made: list[int] = []
    gate = threading.Barrier(4)

    def make() -> Thing:
        made.append(1)
        time.sleep(0.05)
        return Thing(1)

    def ask() -> None:
        gate.wait()
        kept.get("once", make)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_what_cannot_be_made_is_tried_again() -> None:
    kept: Kept[Thing] = Kept(100)

    def fail() -> Thing:
        raise InputError("no")

    for _ in range(2):
        with pytest.raises(InputError):
            kept.get("a", fail)
    assert kept.get("a", lambda: Thing(1)).nbytes == 1


def test_background_waits_while_somebody_does() -> None:
    attention, closing, waited = Attention(), threading.Event(), threading.Event()

    def background() -> None:
        attention.wait(closing)
        waited.set()

    thread = threading.Thread(target=background)
    with attention.asked():
        thread.start()
        assert not waited.wait(0.2)
    assert waited.wait(5.0)
    thread.join()
    closing.set()
    with attention.asked():
        attention.wait(closing)  # at once


def test_stored_edits_are_exact(tmp_path: Path) -> None:
    with open_studio(write_shoot(tmp_path / "shoot", 1)[0].parent, tmp_path / "out") as studio:
        values = {"Exposure2012": 1 / 3, "ColorGradeBlending": 30.1, "ColorGradeGlobalSat": 5}
        curves = {"ToneCurvePV2012": [[0, 3], [100, 120], [255, 255]]}
        studio.post("/edit", ids=studio.ids, changes={"set": values, "curves": curves})
        record = studio.work.session.pictures[studio.ids[0]].edit
        again = edit_from_json(json.loads(json.dumps(edit_to_json(record))), tmp_path)
        assert same_edit(again, record)
        assert again.held == record.held
