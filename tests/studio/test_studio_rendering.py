"""What the page sees is what the commands render."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated import scene
from studio_client import OURS, Studio, open_studio, pixels_of, write_shoot

from dataset.synthetic.write_dng import write_dng
from imaging.jpeg import jpeg_bytes
from imaging.raw_picture import RawPicture
from model.render import render_record
from params.record import Record
from studio.decoding import SCREEN_SIDES
from studio.rendering import QUALITY, SupersededError, Tile, Turns
from studio.wire import changed, neutral_edit, read_changes

EDIT = {
    **{"Exposure2012": 0.7, "Highlights2012": -40, "Shadows2012": 50, "Temperature": 7000},
    **{"Texture": 30, "Clarity2012": 25, "Dehaze": 20, "HueAdjustmentBlue": 15},
    **{"PostCropVignetteAmount": -60, "GrainAmount": 50, "GrainSize": 40},
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("rendering")
    write_shoot(folder / "shoot", 2, (300, 420))
    with open_studio(folder / "shoot", folder / "out") as studio:
        yield studio


def edited(studio: Studio) -> Record:
    picture = studio.work.session.pictures[studio.ids[0]]
    white = studio.work.session.white(picture)
    record = neutral_edit(2, picture.as_shot)
    return changed(record, read_changes({"set": EDIT}), record, white)


def by_the_commands(studio: Studio, record: Record) -> np.ndarray:
    """Full size, uint8 sRGB, as model.render gives it."""
    with RawPicture(studio.work.session.pictures[studio.ids[0]].path) as raw:
        pixels = raw.full(2, "auto")
        out = np.empty(pixels.shape, np.uint8)
        return render_record(pixels, record, out=out, shot=raw.shot)


def test_a_render_is_the_commands_own(studio: Studio) -> None:
    path = f"/pictures/{studio.ids[0]}/render"
    with RawPicture(studio.work.session.pictures[studio.ids[0]].path) as raw:
        pixels, shot = raw.linear_prophoto(SCREEN_SIDES[0], 2), raw.shot
    out = np.empty(pixels.shape, np.uint8)
    for body, record in (
        ({"changes": {"set": EDIT}}, edited(studio)),
        ({"before": True}, neutral_edit(2)),
    ):
        expected = pixels_of(
            jpeg_bytes(render_record(pixels, record, out=out, shot=shot), QUALITY, "4:2:0")
        )
        np.testing.assert_array_equal(studio.picture(path, **body), expected)
    small = studio.picture(path, size=100)
    assert max(small.shape) == 100


@pytest.mark.parametrize("before", [False, True])
def test_tiles_are_parts_of_the_whole(studio: Studio, before: bool) -> None:
    """Vignette, grain and local contrast go by the place in the whole picture."""
    path, asked = f"/pictures/{studio.ids[0]}/tile", {"before": before}
    if not before:
        asked["changes"] = {"set": EDIT}
    record = neutral_edit(2) if before else edited(studio)
    whole = by_the_commands(studio, record)
    for x, y, width, height in ((0, 0, 2048, 2048), (37, 21, 64, 99), (400, 280, 64, 64)):
        tile = studio.picture(path, x=x, y=y, width=width, height=height, **asked)
        part = whole[y : y + height, x : x + width]
        np.testing.assert_array_equal(tile, pixels_of(jpeg_bytes(part, QUALITY)))
    answer = studio.client.post(f"/api{path}", json={"x": 0, "y": 0}, headers=OURS)
    assert (answer.headers["x-full-width"], answer.headers["x-full-height"]) == ("420", "300")


@pytest.mark.parametrize(
    "asked",
    [
        {"x": 420, "y": 0},
        {"x": -1, "y": 0},
        {"x": 0, "y": 0, "width": 2049},
        {"x": 0, "y": 0, "height": 0},
        {"x": "0", "y": 0},
        {"x": 1e300, "y": 0},
        {"x": None, "y": 0},
    ],
    ids=str,
)
def test_tiles_outside_are_refused(studio: Studio, asked: dict[str, Any]) -> None:
    status = 404 if asked["x"] == 420 else 422
    studio.error(f"/pictures/{studio.ids[0]}/tile", status, **asked)


def test_of_the_calls_that_wait_the_last_is_answered() -> None:
    turns, done = Turns(), list[str]()
    picture: Any = type("Picture", (), {"srgb8": lambda self, record, rows: done.append(record)})()

    def call(view: str, name: Any, started: threading.Event) -> None:
        with turns.call(view) as turn:
            started.set()
            try:
                turns.render(view, turn, picture, name)
            except SupersededError:
                done.append(f"{name} superseded")

    threads = []
    with turns._turn:  # a render that takes its time
        for view, name in (("a", "1"), ("b", "other"), ("a", "2"), ("a", "3")):
            started = threading.Event()
            threads.append(threading.Thread(target=call, args=(view, name, started)))
            threads[-1].start()
            assert started.wait(5.0)
    for thread in threads:
        thread.join()
    assert sorted(done) == ["1 superseded", "2 superseded", "3", "other"]


def test_a_superseded_call_says_so(studio: Studio) -> None:
    turns, path = studio.work.session.turns, f"/api/pictures/{studio.ids[0]}/render"
    answers: dict[int, Any] = {}

    def ask(exposure: int) -> None:
        body = {"changes": {"set": {"Exposure2012": exposure}}}
        answers[exposure] = studio.client.post(path, json=body, headers=OURS)

    studio.picture(f"/pictures/{studio.ids[0]}/render")
    threads = [threading.Thread(target=ask, args=(number,)) for number in (1, 2)]
    with turns._turn:
        for thread in threads:
            before = turns._count
            thread.start()
            studio.wait(lambda before=before: turns._count > before)  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert answers[2].status_code == 200
    assert answers[1].status_code == 409
    assert answers[1].json() == {"error": "superseded"}


def test_parts_of_a_tile_that_are_there() -> None:
    assert Tile(90, 80, 50, 50).inside((100, 120)) == Tile(90, 80, 30, 20)
    assert Tile(200, 0, 50, 50).inside((100, 120)).width == 0


def test_another_file_in_its_place_is_what_is_shown(tmp_path: Path) -> None:
    [file] = write_shoot(tmp_path / "shoot", 1)
    with open_studio(tmp_path / "shoot", tmp_path / "out") as studio:
        path = f"/pictures/{studio.ids[0]}/"
        for kind in ("render", "tile"):
            before = studio.picture(path + kind, before=True)
            write_dng(file, scene(99, 80, 100))
            after = studio.picture(path + kind, before=True)
            assert before.shape != after.shape, kind
            write_shoot(tmp_path / "shoot", 1)
        file.unlink()
        for kind in ("render", "tile"):
            assert "no such file" in studio.error(path + kind, 422, before=True)


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    write_shoot(tmp_path / "shoot", 1)
    (tmp_path / "shoot" / "bad.dng").write_bytes(b"II*\0" + b"\xff" * 5000)
    with open_studio(tmp_path / "shoot", tmp_path / "out", start=True) as studio:
        studio.wait_predicted()
        shown = {p["name"]: p for p in studio.get("/pictures")["pictures"]}
        assert shown["IMG_0000.dng"]["status"] == "predicted"
        assert shown["bad.dng"]["status"] == "failed"
        assert "bad.dng" in shown["bad.dng"]["error"]
        name = shown["bad.dng"]["id"]
        for path in (f"/pictures/{name}/render", f"/pictures/{name}/tile"):
            assert "bad.dng" in studio.error(path, 422)
        assert studio.client.get(f"/api/pictures/{name}/thumb").status_code == 422
        assert studio.get(f"/pictures/{name}")["as_shot"] is None
