"""What was answered is on the disk: killed, restarted, undone, on a full disk, by two at once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from studio_client import open_studio, write_shoot

from params.files import REPO_ROOT, InputError
from studio.history import MOST_STEPS, History
from studio.journal import Journal
from studio.pictures import State
from studio.session import Session
from studio.settings import StudioSettings


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history") / "shoot"
    write_shoot(folder, 3)
    return folder


def history(path: Path) -> History:
    return History(Journal(path))


def test_undo_and_redo_over_restarts(shoot: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open_studio(shoot, out) as studio:
        first, second, _ = studio.ids
        studio.post("/edit", ids=[first], changes={"set": {"Exposure2012": 1.0}})
        studio.post("/edit", ids=[first, second], changes={"set": {"Contrast2012": 20}})
        studio.post("/flags", ids=[second], flag="pick", rating=4)
        studio.post("/undo")
    with open_studio(shoot, out) as studio:
        shown = {p["id"]: p for p in studio.get("/pictures")["pictures"]}
        assert shown[second]["flag"] == ""
        assert studio.sliders(first)["Exposure2012"] == 1.0
        assert studio.sliders(second)["Contrast2012"] == 20.0
        assert studio.post("/undo")["what"] == "undone: Contrast +20"
        assert studio.sliders(first) | {"Exposure2012": 0.0} == studio.sliders(second)
        assert not studio.get(f"/pictures/{second}")["corrected"]
    with open_studio(shoot, out) as studio:
        assert studio.post("/redo")["what"] == "done again: Contrast +20"
        redone = studio.post("/redo")
        assert redone["what"] == "done again: flag pick, rating 4"
        assert redone["pictures"][0]["rating"] == 4
        studio.error("/redo", 422)
        assert studio.sliders(second)["Contrast2012"] == 20.0
        for _ in range(3):
            studio.post("/undo")
        assert studio.error("/undo", 422) == "nothing to undo"
        assert studio.sliders(first)["Exposure2012"] == 0.0


def test_a_new_step_ends_what_could_be_done_again(tmp_path: Path) -> None:
    kept = history(tmp_path / "j")
    kept.change({"a": State(rating=1)}, "one")
    kept.change({"b": State(rating=2)}, "two")
    assert kept.undo({"a", "b"}) is not None
    kept.change({"b": State(rating=5)}, "three")
    assert kept.redo({"a", "b"}) is None
    # Steps of a picture that isn't there are left alone.
    assert kept.undo({"a"}) is not None
    assert kept.states["b"].rating == 5
    again = history(tmp_path / "j")
    assert (again.states["a"].rating, again.states["b"].rating) == (None, 5)
    assert again.redo({"a", "b"}) is not None
    assert again.states["a"].rating == 1


def test_a_broken_last_line_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "j"
    kept = history(path)
    for rating in range(1, 5):
        kept.change({"a": State(rating=rating)}, "rating")
    kept.close()
    whole = path.read_bytes()
    for cut in range(len(whole) - 60, len(whole)):
        path.write_bytes(whole[:cut])
        rating = history(path).states["a"].rating
        assert rating == (4 if cut == len(whole) - 1 else 3)  # but for the line's end it is whole
    assert not caplog.records
    # A damaged line in the middle costs itself.
    lines = whole.splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\xff{\n[]\n" + b'{"step": 3}\n{"undo": 99}\n' + lines[3])
    assert history(path).states["a"].rating == 4
    assert "damaged" in caplog.text


def test_the_journal_is_made_short(tmp_path: Path) -> None:
    path = tmp_path / "j"
    kept = history(path)
    for number in range(MOST_STEPS + 50):
        kept.change({"a": State(rating=number % 6)}, "rating")
    kept.change({"a": State(rating=0, accepted="x")}, "accepted", undoable=False)
    kept.choose("a model")
    kept.close()
    again = history(path)
    assert len(path.read_bytes().splitlines()) == MOST_STEPS + 2
    assert again.states["a"] == kept.states["a"]
    assert again.model == "a model"
    assert sum(again.undo({"a"}) is not None for _ in range(MOST_STEPS + 10)) == MOST_STEPS


def test_on_a_full_disk_nothing_is_said_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = history(tmp_path / "j")
    kept.change({"a": State(rating=1)}, "one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="No space left"):
            kept.change({"a": State(rating=2)}, "two")
    assert kept.states["a"].rating == 1
    kept.change({"a": State(rating=3)}, "three")
    kept.close()
    assert len((tmp_path / "j").read_bytes().splitlines()) == 2
    assert history(tmp_path / "j").states["a"].rating == 3


def test_states_of_other_shoots_stay(shoot: Path, tmp_path: Path) -> None:
    write_shoot(tmp_path / "second", 1)
    out = tmp_path / "out"
    with open_studio(shoot, out) as studio:
        first = studio.ids[0]
        studio.post("/flags", ids=[first], rating=5)
    with open_studio(tmp_path / "second", out) as studio:
        studio.post("/flags", ids=studio.ids, rating=2)
        studio.post("/undo")
        studio.error("/undo", 422)
    with open_studio(shoot, out) as studio:
        assert studio.get(f"/pictures/{first}")["rating"] == 5


def test_a_second_studio_on_the_folder_is_refused(shoot: Path, tmp_path: Path) -> None:
    settings = StudioSettings([shoot], tmp_path / "out")
    with Session(settings):
        with pytest.raises(
            InputError, match=f"a studio is open on it already .process {os.getpid()}"
        ):
            Session(settings)
        command = [sys.executable, "run/studio.py", str(shoot), "--output", str(tmp_path / "out")]
        done = subprocess.run(
            [*command, "--no-browser"],
            cwd=REPO_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "a studio is open on it already" in done.stderr
    with Session(settings):
        pass


def test_killed_it_has_lost_nothing_that_was_answered(shoot: Path, tmp_path: Path) -> None:
    """A process that says what it has done is killed while it goes on."""
    code = (
        "import sys, pathlib\n"
        "from studio.history import History\nfrom studio.journal import Journal\n"
        "from studio.pictures import State\n"
        "kept = History(Journal(pathlib.Path(sys.argv[1])))\n"
        "for n in range(100000):\n"
        "    kept.change({f'p{n % 7}': State(rating=n % 6, accepted=str(n))}, 'x')\n"
        "    print(n, flush=True)\n"
    )
    path = tmp_path / "j"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=REPO_ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < 30:
            pass
        process.send_signal(signal.SIGKILL)
        last = 30 + len(process.stdout.read().split())
    states = history(path).states.values()
    assert max(int(state.accepted or 0) for state in states) >= last


def test_lines_are_json_and_numbers_exact(tmp_path: Path, shoot: Path) -> None:
    with open_studio(shoot, tmp_path / "out") as studio:
        name = studio.ids[0]
        studio.post("/edit", ids=[name], changes={"set": {"Exposure2012": 0.1 + 0.2}})
        studio.post("/edit", ids=[name], changes={"set": {"Tint": 17}})
        stored = studio.work.session.pictures[name].edit.params
        assert stored["Exposure2012"] == 0.1 + 0.2
    with open_studio(shoot, tmp_path / "out") as studio:
        assert studio.work.session.pictures[name].edit.params == stored
    journal = tmp_path / "out" / ".studio" / "journal.jsonl"
    assert all(isinstance(json.loads(line), dict) for line in journal.read_bytes().splitlines())
