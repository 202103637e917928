"""A model trained behind the page: offered when it is done, gone when it is cancelled."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from shoots import by_name, ended, opened, until, write_shoot

import studio.training
from stages.train.settings import FOLDS_TABLE, LoraSettings
from studio.jobs import CANCELLED, DONE, FAILED, RUNNING, Job
from studio.predicting import predict_now
from studio.shown import session_json
from studio.training import LOG, models_folder
from studio.wire import Changes
from studio.work import Work


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shoot(tmp_path_factory.mktemp("shoot"), 6)


@pytest.fixture
def work(shoot: Path, tmp_path: Path) -> Iterator[Work]:
    """A studio whose corrections, all of one kind, are kept."""
    with opened(shoot, tmp_path) as work:
        for name in by_name(work).values():
            predicted = work.session.picture(name).edit.params["Exposure2012"]
            work.session.edit([name], Changes({"Exposure2012": predicted + 1.0}, {}))
        ended(work.teach.save())
        yield work


SLOW = """
import sys, time, pathlib, os
out = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
(out / "pid").write_text(str(os.getpid()))
(out / "log.csv").write_text("epoch,train_loss,val_loss\\n1,0.5,\\n2,0.25,\\n")
time.sleep(600)
"""
BROKEN = """
import sys
print("it begins", file=sys.stderr)
sys.exit("ERROR: no such thing")
"""


def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Another program in the place of the training commands."""
    for name in ("train_autopilot.py", "lora_finetune.py"):
        file = tmp_path / "code/run" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(program)
    command = studio.training._command

    def other(*words: object) -> list[str]:
        found = command(*words)  # type: ignore[arg-type]
        found[3] = str(tmp_path / "code/run" / Path(found[3]).name)
        return found

    monkeypatch.setattr(studio.training, "_command", other)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]


def pid_of(work: Work) -> int:
    folder = models_folder(work.session.settings)
    until(lambda: any(file.read_text() for file in folder.glob("*/pid")))
    [file] = folder.glob("*/pid")
    return int(file.read_text())


def test_a_model_of_the_corrections(work: Work, shoot: Path, tmp_path: Path) -> None:
    job = ended(work.teach.train(), 300.0)
    assert (job.state, job.to_json()["errors"]) == (DONE, [])
    [taught] = work.teach.to_json()["adapters"]
    assert taught["name"] == "own-6"
    assert taught["id"] in {model["id"] for model in session_json(work.session)["models"]}
    picture = next(iter(work.session.pictures.values()))
    found = predict_now(work.session, taught["id"], picture).record.params["Exposure2012"]
    assert found == pytest.approx(picture.edit.params["Exposure2012"], abs=0.3)
    work.session.choose(taught["id"])
    work.close()
    with opened(shoot, tmp_path, predicted=False) as again:
        assert session_json(again.session)["models"][-1]["name"] == "own-6"
        assert again.teach.to_json()["adapters"] == [taught]
        assert again.session.current_model == taught["id"]
    with opened(shoot, tmp_path / "elsewhere", predicted=False) as other:
        assert len(session_json(other.session)["models"]) == 1


@pytest.mark.slow
def test_an_adapter_of_the_checkpoint(shoot: Path, tmp_path: Path, checkpoint: Path) -> None:
    """Offered for that checkpoint, and for no other."""
    with opened(shoot, tmp_path, checkpoints=[checkpoint]) as work:
        for name in by_name(work).values():
            work.session.edit([name], Changes({"Exposure2012": 1.0}, {}))
        ended(work.teach.save())
        job = ended(work.teach.train(), 300.0)
        assert (job.state, job.to_json()["errors"]) == (DONE, [])
        chosen = LoraSettings(checkpoint=checkpoint).for_pictures(6)
        steps = (chosen.folds + 1) * chosen.epochs + 1  # how long is tried out first
        assert (job.done, job.total) == (steps, steps)
        [taught] = work.teach.to_json()["adapters"]
        [model] = [m for m in session_json(work.session)["models"] if m["id"] == taught["id"]]
        assert (model["name"], model["kind"]) == ("own-6", "adapter")
        picture = next(iter(work.session.pictures.values()))
        found = predict_now(work.session, taught["id"], picture).record.params["Exposure2012"]
        assert found == pytest.approx(1.0, abs=0.3)
    with opened(shoot, tmp_path, predicted=False) as without:
        assert without.teach.to_json()["adapters"] == []


def test_how_long_to_learn_is_tried_in_sight(tmp_path: Path) -> None:
    job, said = Job(SimpleNamespace(tell=lambda _: None), "teach", 9), []  # type: ignore[arg-type]
    for fold in ("", "1,1,0.75\n", "1,1,0.75\n1,2,0.5\n"):
        (tmp_path / FOLDS_TABLE).write_text(f"fold,epoch,loss\n{fold}")
        studio.training._tell(tmp_path, job)
        said.append((job.done, job.text))
    (tmp_path / "log.csv").write_text("epoch,train_loss\n1,0.25\n")
    studio.training._tell(tmp_path, job)
    assert [*said, (job.done, job.text)] == [
        (0, ""),
        (1, "trying how long to learn, loss 0.75"),
        (2, "trying how long to learn, loss 0.5"),
        (3, "epoch 1, loss 0.25"),
    ]


def test_what_a_killed_studio_left_is_removed(shoot: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models/me-3"
    own = tmp_path / "models/mine"
    for file in (folder / "manifest.jsonl", folder / LOG, folder / "last.pt", own / "best.pt"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("half")
    with opened(shoot, tmp_path, predicted=False) as work:
        assert work.teach.to_json()["adapters"] == []
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["mine"]


def test_progress_and_cancel(work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    instead(monkeypatch, tmp_path, SLOW)
    job = work.teach.train()
    until(lambda: job.done == 2)
    training = work.teach.to_json()["training"]
    assert (training["state"], training["text"]) == (RUNNING, "epoch 2, loss 0.25")
    pid = pid_of(work)
    started = time.monotonic()
    work.jobs.cancel(job.id)
    assert ended(job).state == CANCELLED
    assert time.monotonic() - started < 10.0
    until(lambda: not is_alive(pid))
    assert list(models_folder(work.session.settings).iterdir()) == []
    assert work.teach.to_json()["training"] is None


def test_the_studios_end_is_the_trainings(
    work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instead(monkeypatch, tmp_path, SLOW)
    job = work.teach.train()
    pid = pid_of(work)
    work.close()
    assert job.state == CANCELLED
    until(lambda: not is_alive(pid))


def test_one_that_fails_says_why(
    work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instead(monkeypatch, tmp_path, BROKEN)
    job = ended(work.teach.train())
    assert job.state == FAILED
    assert job.text == "the training failed: ERROR: no such thing"
    [folder] = models_folder(work.session.settings).iterdir()
    assert [file.name for file in folder.iterdir()] == [LOG]
    assert work.teach.to_json()["adapters"] == []


def test_nothing_to_learn_from(shoot: Path, tmp_path: Path) -> None:
    with opened(shoot, tmp_path) as work:
        job = ended(work.teach.train())
        assert (job.state, job.text) == (FAILED, "no corrections are in the manifest yet")
        assert not models_folder(work.session.settings).exists()
