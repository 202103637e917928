"""Corrections in the manifest: once each, the latest, and none that was not made."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shoots import by_name, ended, opened, write_shoot

from dataset.manifest import read_manifest
from params.record import read_record
from studio.corrections import corrections, manifest_of
from studio.handover import Wanted, hand_over
from studio.wire import Changes
from studio.work import Work


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shoot(tmp_path_factory.mktemp("shoot"), 4)


def correct(work: Work, name: str, exposure: float) -> None:
    work.session.edit([by_name(work)[name]], Changes({"Exposure2012": exposure}, {}))


def save(work: Work) -> dict[str, Any]:
    return ended(work.teach.save()).to_json()


def exposures(work: Work) -> dict[str, float]:
    """By the manifest's id."""
    entries = read_manifest(manifest_of(work.session.settings))
    return {entry.id: read_record(entry.path("data")).params["Exposure2012"] for entry in entries}


def test_corrected_and_accepted_pictures(shoot: Path, tmp_path: Path) -> None:
    with opened(shoot, tmp_path, expert="ada") as work:
        assert save(work)["text"] == "nothing corrected or accepted yet"
        ids = by_name(work)
        correct(work, "00.dng", 0.5)
        correct(work, "01.dng", -0.5)
        with work.session.lock:
            rejected = work.session.picture(ids["01.dng"])
            state = replace(rejected.state, flag="reject")
            work.session.set_states({rejected.id: state}, "rejected")
        ended(hand_over(work.session, work.jobs, [ids["02.dng"]], Wanted()))
        assert {one.picture.name for one in corrections(work.session)} == {"00.dng", "02.dng"}
        told = save(work)
        assert told["errors"] == []
        assert "2 new or changed of 2" in told["text"]
        predicted = work.session.picture(ids["02.dng"]).edit.params["Exposure2012"]
        assert exposures(work) == {"00": 0.5, "02": predicted}
        [line, _] = read_manifest(tmp_path / "dataset_manifest.jsonl")
        assert line.fields["expert"] == "ada"


def test_once_and_the_latest(shoot: Path, tmp_path: Path) -> None:
    with opened(shoot, tmp_path) as work:
        correct(work, "00.dng", 0.5)
        save(work)
        assert "0 new or changed of 1" in save(work)["text"]
        correct(work, "00.dng", 0.8)
        assert "1 new or changed of 1" in save(work)["text"]
        assert exposures(work) == {"00": 0.8}
        # The date, by which a line has its split, may be found out later.
        picture = work.session.picture(by_name(work)["00.dng"])
        picture.facts = replace(picture.facts, date="2020-01-01T11:00:00", camera="another")
        correct(work, "00.dng", 0.9)
        save(work)
        assert exposures(work) == {"00": 0.9}


def test_one_manifest_of_several_shoots(shoot: Path, tmp_path: Path) -> None:
    """Pictures of one name are told apart, and another photographer's lines stay."""
    manifest = tmp_path / "set/all.jsonl"
    other = write_shoot(tmp_path / "other", 1)
    for number, (folder, expert) in enumerate(((shoot, "me"), (other, "me"), (shoot, "ada"))):
        with opened(folder, tmp_path / f"out{number}", manifest=manifest, expert=expert) as work:
            correct(work, "00.dng", 0.1 * number)
            save(work)
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert len(lines) == 3
    assert len({line["id"] for line in lines}) == 2
    assert {line["expert"] for line in lines} == {"me", "ada"}


def test_one_that_cannot_be_read(tmp_path: Path) -> None:
    shoot = write_shoot(tmp_path / "shoot", 2)
    with opened(shoot, tmp_path / "out") as work:
        for name in ("00.dng", "01.dng"):
            correct(work, name, 0.3)
        (shoot / "00.dng").write_bytes(b"gone")
        told = save(work)
        assert len(told["errors"]) == 1
        assert "00.dng" in told["errors"][0]
        assert exposures(work) == {"01": 0.3}
