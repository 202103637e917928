"""Handing over, jobs, consistency and teaching as the page asks for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studio_client import Studio, open_studio, write_shoot


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    write_shoot(tmp_path / "shoot", 3, (32, 48), seconds=1.0)
    with open_studio(tmp_path / "shoot", tmp_path / "out", start=True) as studio:
        studio.wait_predicted()
        studio.wait(lambda: all(p.group for p in studio.work.session.pictures.values()))
        yield studio


def job_of(studio: Studio, answer: dict[str, Any]) -> dict[str, Any]:
    """A job when it is over, as the page is told of it."""

    def found() -> dict[str, Any]:
        [job] = [j for j in studio.get("/jobs")["jobs"] if j["job"] == answer["job"]]
        return dict(job)

    studio.wait(lambda: found()["state"] not in ("waiting", "running"))
    return found()


def test_accept(studio: Studio, tmp_path: Path) -> None:
    ids = studio.ids[:2]
    asked = {"where": "output", "xmp": True, "jpeg": True, "max_size": 24, "quality": 80}
    job = job_of(studio, studio.post("/accept", ids=ids, **asked))
    assert (job["state"], job["done"], job["errors"]) == ("done", 2, [])
    assert {path.name for path in (tmp_path / "out").glob("*.jpg")} == {
        "IMG_0000.jpg",
        "IMG_0001.jpg",
    }
    pictures = studio.get("/pictures")["pictures"]
    assert sorted(p["name"] for p in pictures if p["accepted"]) == ["IMG_0000.dng", "IMG_0001.dng"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({}, "nothing to write"),
        ({"xmp": "yes"}, "xmp is neither true nor false"),
        ({"xmp": True, "where": "/etc"}, "neither beside nor output"),
        ({"jpeg": True, "quality": 101}, "quality is not in 1..100"),
        ({"jpeg": True, "max_size": 1}, "max_size is not in"),
        ({"xmp": True, "output": "/tmp"}, "not known: output"),
    ],
)
def test_a_wrong_call_writes_nothing(
    studio: Studio, tmp_path: Path, body: dict[str, Any], line: str
) -> None:
    assert line in studio.error("/accept", 422, ids=studio.ids, **body)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".studio"]


def test_unknown_ones(studio: Studio) -> None:
    assert studio.error("/accept", 404, ids=["../x"], xmp=True) == "no such picture"
    assert studio.error("/jobs/x/cancel", 404) == "no such job"
    assert studio.error("/consistent", 422, group="x") == "no such group"


def test_a_group_made_consistent_and_undone(studio: Studio) -> None:
    group = studio.get("/pictures")["pictures"][0]["group"]
    studio.post("/edit", ids=studio.ids[:1], changes={"set": {"Temperature": 4800, "Tint": -3}})
    before = [studio.sliders(name) for name in studio.ids]
    studio.post("/consistent", group=group)
    after = [studio.sliders(name) for name in studio.ids]
    assert {(one["Temperature"], one["Tint"]) for one in after} == {(4800, -3)}
    studio.post("/undo")
    assert [studio.sliders(name) for name in studio.ids] == before


def test_teach(studio: Studio) -> None:
    stands = studio.get("/teach")
    assert (stands["corrections"], stands["in_manifest"], stands["curve"]) == (0, 0, None)
    studio.post("/edit", ids=studio.ids, changes={"set": {"Exposure2012": 1}})
    assert job_of(studio, studio.post("/teach/save"))["state"] == "done"
    stands = studio.get("/teach")
    assert (stands["corrections"], stands["in_manifest"]) == (3, 3)
    assert "a preset" in stands["advice"]  # three frames of one burst
    job = job_of(studio, studio.post("/teach/curve"))
    assert (job["state"], job["text"]) == (
        "failed",
        "1 edit, bursts counted once; a curve takes 8",
    )
