"""Accepted edits handed over, by the writers of the commands."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shoots import by_name, ended, opened, until, write_shoot
from simulated import leftovers, undated

import run.predict_and_render
from imaging.metadata import read_metadata
from imaging.tiff import read_tif16
from params.files import InputError
from params.record import read_record
from params.xmp_packet import read_fields
from studio.handover import Wanted, hand_over
from studio.jobs import CANCELLED, DONE, FAILED
from studio.wire import Changes
from studio.work import Work

CHANGES = Changes({"Exposure2012": 0.7, "HueAdjustmentRed": 12.0}, {})


@pytest.fixture(scope="module")
def raws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shoot(tmp_path_factory.mktemp("raws"), 3)


@pytest.fixture
def shoot(raws: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(raws, tmp_path / "shoot"))


@pytest.fixture
def work(shoot: Path, tmp_path: Path) -> Iterator[Work]:
    with opened(shoot, tmp_path / "out") as work:
        yield work


def accept(work: Work, *names: str, **wanted: Any) -> dict[str, Any]:
    """What became of a call, at its end."""
    ids = by_name(work)
    job = hand_over(work.session, work.jobs, [ids[name] for name in names], Wanted(**wanted))
    return ended(job).to_json()


def correct(work: Work, name: str) -> None:
    work.session.edit([by_name(work)[name]], CHANGES)


def test_what_the_command_writes(work: Work, shoot: Path, tmp_path: Path) -> None:
    """Byte for byte, for edits that were left as predicted."""
    told = accept(work, "00.dng", "01.dng", tiff=True, jpeg=True)
    assert (told["state"], told["done"], told["errors"]) == (DONE, 2, [])
    command = ["--input", str(shoot / "00.dng"), str(shoot / "01.dng"), str(shoot / "02.dng")]
    command += ["--output", str(tmp_path / "other"), "--srgb-output", "--device", "cpu"]
    assert run.predict_and_render.main(command) == 0
    for name in ("xmps/00.xmp", "xmps/01.xmp"):
        ours, theirs = ((tmp_path / top / name).read_bytes() for top in ("out", "other"))
        assert undated(ours) == undated(theirs)
    for name in ("00.tif", "01.tif"):
        pixels = [read_tif16(tmp_path / top / name) for top in ("out", "other")]
        assert (pixels[0] == pixels[1]).all()
    assert (tmp_path / "out/00.jpg").is_file()
    assert not (tmp_path / "out/02.tif").exists()
    assert leftovers(tmp_path) == []


def test_a_correction_with_its_panels(work: Work, tmp_path: Path) -> None:
    correct(work, "01.dng")
    accept(work, "01.dng")
    fields = read_fields((tmp_path / "out/xmps/01.xmp").read_bytes(), "x")
    assert float(str(fields["Exposure2012"])) == 0.7
    assert int(str(fields["HueAdjustmentRed"])) == 12


def test_beside_the_raw_file_merged_with_a_backup(work: Work, shoot: Path) -> None:
    sidecar = shoot / "01.xmp"
    old = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        b'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmp:Rating="4" '
        b'crs:ProcessVersion="11.0" crs:Exposure2012="-1.00"/></rdf:RDF></x:xmpmeta>'
    )
    sidecar.write_bytes(old)
    correct(work, "01.dng")
    told = accept(work, "01.dng", beside=True)
    assert "written in place" in told["text"]
    fields = read_fields(sidecar.read_bytes(), "x")
    assert b'xmp:Rating="4"' in sidecar.read_bytes()
    assert float(str(fields["Exposure2012"])) == 0.7
    assert (shoot / "01.xmp.bak").read_bytes() == old
    correct(work, "01.dng")
    work.session.edit([by_name(work)["01.dng"]], Changes({"Exposure2012": -0.4}, {}))
    accept(work, "01.dng", beside=True)
    fields = read_fields(sidecar.read_bytes(), "x")
    assert float(str(fields["Exposure2012"])) == -0.4
    assert (shoot / "01.xmp.bak").read_bytes() == old


def test_into_the_dng_itself(work: Work, shoot: Path) -> None:
    whole = (shoot / "02.dng").read_bytes()
    accept(work, "02.dng", beside=True, embed=True)
    assert b"Exposure2012" in (read_metadata(shoot / "02.dng").xmp or b"")
    assert (shoot / "02.dng.bak").read_bytes() == whole


def test_jpegs_at_a_size_beside_whole_tiffs(work: Work, tmp_path: Path) -> None:
    from PIL import Image

    accept(work, "00.dng", xmp=False, tiff=True, jpeg=True, jpeg_side=24, quality=50)
    with Image.open(tmp_path / "out/00.jpg") as picture:
        assert picture.size == (24, 16)
    assert read_tif16(tmp_path / "out/00.tif").shape == (48, 72, 3)
    assert not (tmp_path / "out/xmps").exists()


def test_acceptance_is_kept_and_goes_stale(work: Work, shoot: Path, tmp_path: Path) -> None:
    name = by_name(work)["00.dng"]
    accept(work, "00.dng")
    picture = work.session.picture(name)
    assert (picture.accepted, picture.stale) == (True, False)
    correct(work, "00.dng")
    assert picture.stale
    accept(work, "00.dng")
    assert not picture.stale
    work.close()
    with opened(shoot, tmp_path / "out", predicted=False) as again:
        found = again.session.picture(name)
        assert (found.accepted, found.stale) == (True, False)


def test_an_edit_that_changes_meanwhile_is_stale(work: Work) -> None:
    """What was accepted is what was asked for, not what the picture has by then."""
    ids = by_name(work)
    hold = work.session.lock
    with hold:  # the writers cannot enter what they did before the edit has changed
        job = hand_over(work.session, work.jobs, [ids["00.dng"]], Wanted())
        correct(work, "00.dng")
    ended(job)
    assert work.session.picture(ids["00.dng"]).stale


def test_one_that_fails_costs_a_line(work: Work, shoot: Path, tmp_path: Path) -> None:
    (shoot / "01.dng").write_bytes(b"gone")
    told = accept(work, "00.dng", "01.dng", "02.dng", tiff=True)
    assert (told["state"], told["done"]) == (DONE, 3)
    assert len(told["errors"]) == 1
    assert "01.dng" in told["errors"][0]
    assert told["text"] == "2 handed over, 1 failed"
    names = by_name(work)
    accepted = {name: work.session.picture(id).accepted for name, id in names.items()}
    assert accepted == {"00.dng": True, "01.dng": False, "02.dng": True}
    report = json.loads((tmp_path / "out/report.json").read_text())["pictures"]
    assert report["01"]["status"] == "failed"
    assert report["00"]["by"] == "studio"


def test_where_all_fail_it_has_failed(work: Work, shoot: Path) -> None:
    for name in ("00.dng", "01.dng"):
        (shoot / name).write_bytes(b"gone")
    told = accept(work, "00.dng", "01.dng")
    assert (told["state"], told["text"]) == (FAILED, "0 handed over, 2 failed")
    assert [line.split(":")[0].rsplit("/")[-1] for line in told["errors"]] == ["00.dng", "01.dng"]


def test_a_folder_that_refuses(work: Work, tmp_path: Path) -> None:
    (tmp_path / "out/xmps").write_text("a file where a folder should be")
    told = accept(work, "00.dng", "01.dng")
    assert len(told["errors"]) == 2
    assert not any(picture.accepted for picture in work.session.pictures.values())


def test_somebody_elses_file_stays(work: Work, tmp_path: Path) -> None:
    own = tmp_path / "out/00.jpg"
    own.write_text("mine")
    told = accept(work, "00.dng", jpeg=True)
    assert "is there already" in told["errors"][0]
    assert own.read_text() == "mine"


def test_cancelled(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is begun is finished and accepted, nothing else is begun, nothing is half-written."""
    import threading

    import studio.handover

    go, begun = threading.Event(), threading.Event()
    whole = studio.handover.export

    def slowly(*words: Any) -> Any:
        begun.set()
        assert go.wait(20)
        return whole(*words)

    monkeypatch.setattr(studio.handover, "export", slowly)
    ids = by_name(work)
    job = hand_over(work.session, work.jobs, list(ids.values()), Wanted())
    assert begun.wait(20)
    work.jobs.cancel(job.id)
    go.set()
    assert ended(job).state == CANCELLED
    written = {path.stem for path in (tmp_path / "out/xmps").glob("*.xmp")}
    accepted = {p.path.stem for p in work.session.pictures.values() if p.accepted}
    assert written == accepted
    assert "00" in written
    assert leftovers(tmp_path) == []


def test_commands_leave_what_was_accepted(work: Work, shoot: Path, tmp_path: Path) -> None:
    """A prediction that a command had written is replaced; later ones leave the photographer's."""
    out = tmp_path / "out"
    command = ["--input", str(shoot), "--batch", "--output", str(out), "--device", "cpu"]
    import run.inference

    words = [*command, "--export-json", "--strength", "0.5"]
    assert run.inference.main(words) == 0
    correct(work, "01.dng")
    assert accept(work, "01.dng")["errors"] == []
    accepted = (out / "xmps/01.xmp").read_bytes()
    assert run.inference.main([*command, "--export-json"]) == 0
    assert (out / "xmps/01.xmp").read_bytes() == accepted
    assert read_record(out / "data/01.json").params["Exposure2012"] != 0.7  # made anew


def test_nothing_is_asked_for_too_early(work: Work, shoot: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to write"):
        Wanted(xmp=False)
    with pytest.raises(InputError, match="jpeg_quality"):
        Wanted(quality=0)
    with opened(shoot, tmp_path / "other", predicted=False) as early:
        with pytest.raises(InputError, match="not predicted yet"):
            hand_over(early.session, early.jobs, list(early.session.pictures), Wanted())
        before = sorted(p.name for p in (tmp_path / "other").iterdir())
        assert before == [".studio"]


def test_a_link_that_leads_out_is_refused(work: Work, shoot: Path, tmp_path: Path) -> None:
    outside = shoot.with_name("outside.dng")
    (shoot / "00.dng").rename(outside)
    (shoot / "00.dng").symlink_to(outside)
    told = accept(work, "00.dng")
    assert "leads out" in told["errors"][0]
    assert not (tmp_path / "out/xmps/00.xmp").exists()


def test_the_studio_closes_meanwhile(work: Work, tmp_path: Path) -> None:
    job = hand_over(work.session, work.jobs, list(work.session.pictures), Wanted(tiff=True))
    until(lambda: job.done > 0)
    work.close()
    assert job.is_over
    assert leftovers(tmp_path) == []


def test_several_calls_are_one_after_the_other(work: Work) -> None:
    ids = by_name(work)
    jobs = [hand_over(work.session, work.jobs, [id], Wanted()) for id in ids.values()]
    assert all(ended(job).state == DONE for job in jobs)
    states = [replace(work.session.picture(id).state) for id in ids.values()]
    assert all(state.accepted for state in states)
