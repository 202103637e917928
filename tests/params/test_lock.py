"""A file that several processes change."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dataset.manifest import make_entry, merge_manifest, read_manifest
from params.files import REPO_ROOT, InputError
from params.lock import held_at_once, locked

HOLD = """
import sys, time
from pathlib import Path
from params.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(words, cwd=REPO_ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_one_after_the_other_and_nothing_is_left(tmp_path):
    inside, most, lock = [], [], tmp_path / "sub" / "a"

    def work() -> None:
        for _ in range(5):
            with locked(lock):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20
    assert list(lock.parent.iterdir()) == []


def test_a_process_that_was_killed_holds_nobody_up(tmp_path):
    path = tmp_path / "a"
    process = hold(path)
    assert (tmp_path / ".a.lock").read_text() == f"{process.pid}\n"
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()
    assert (tmp_path / ".a.lock").exists()
    with locked(path):
        assert (tmp_path / ".a.lock").read_text() == f"{os.getpid()}\n"
    assert not (tmp_path / ".a.lock").exists()


def test_who_waits_says_for_whom_and_can_be_interrupted(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("params.lock._SAID_AFTER", 0.0)
    caplog.set_level("INFO")
    process = hold(tmp_path / "a")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "a"):
        pass
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()
    (line,) = caplog.messages
    assert f"waiting for process {process.pid} " in line


def test_a_folder_that_there_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "file" / "a"):
        pass


def merge(manifest: Path, who: int) -> None:
    for number in range(10):
        files = {name: Path(f"{who}-{number}.{name}") for name in ("raw", "preview", "data")}
        entry = make_entry(id=f"{who}-{number}", split="s", expert="e", tif=None, **files)
        merge_manifest(manifest, [entry])


def test_two_commands_on_one_manifest_lose_no_line(tmp_path):
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    manifest = tmp_path / "m.jsonl"
    processes = [context.Process(target=merge, args=(manifest, who)) for who in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    ids = [entry.id for entry in read_manifest(manifest)]
    assert sorted(ids) == sorted(f"{who}-{number}" for who in range(3) for number in range(10))
    assert [path.name for path in tmp_path.iterdir()] == ["m.jsonl"]


def test_a_full_disk_is_no_reason_not_to_lock(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with locked(tmp_path / "a"):
        assert (tmp_path / ".a.lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_who_doesnt_wait_is_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "f"
    with held_at_once(path) as first, held_at_once(path) as second:
        assert first is None
        assert second == str(os.getpid())
    with held_at_once(path) as again:
        assert again is None
    assert not list(path.parent.iterdir())
    process = hold(path)
    with held_at_once(path) as owner:
        assert owner == str(process.pid)
    process.kill()
    process.wait()
    with held_at_once(path) as owner:  # that of a killed process holds nobody up
        assert owner is None
