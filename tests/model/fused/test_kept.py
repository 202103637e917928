"""The kernel's folder does not grow for ever, and what is in use stays."""

import os
import time
from pathlib import Path

from model.fused.kept import LETTERS, clear_away, keep_refusal, kept_library, refusal
from params.files import content_digest


def library(folder: Path, name: str, days: float) -> Path:
    """A kernel that was last used so many days ago."""
    made = folder / "made"
    made.write_text(name)
    path = made.rename(folder / f"{name}-{content_digest(made)[:LETTERS]}.so")
    os.utime(path, (time.time() - days * 86400,) * 2)
    return path


def test_old_ones_go_but_for_a_few(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    paths = [library(tmp_path, f"kernel-{i}", 31.0 + i) for i in range(6)]
    clear_away(tmp_path)
    assert sorted(tmp_path.iterdir()) == paths[:4]
    new = [library(tmp_path, f"kernel-new{i}", 0.1 * i) for i in range(5)]
    clear_away(tmp_path)
    assert sorted(tmp_path.iterdir()) == new


def test_what_is_used_is_not_old(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    for i in range(4):
        library(tmp_path, f"kernel-new{i}", 0.0)
    used, idle = (library(tmp_path, f"kernel-{name}", 40.0) for name in ("used", "idle"))
    assert kept_library(tmp_path, "kernel-used") == used
    clear_away(tmp_path)
    assert used.is_file()
    assert not idle.is_file()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    other = [tmp_path / "model.safetensors", tmp_path / "kernel.so", tmp_path / "notes.refused"]
    for path in other:
        path.write_text("kept")
        os.utime(path, (0, 0))
    clear_away(tmp_path)
    assert all(path.is_file() for path in other)


def test_a_refusal_is_forgotten_next_day(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    keep_refusal(tmp_path, "kernel-a", "error: ä\n")
    assert refusal(tmp_path, "kernel-a") == "error: ä\n"
    assert refusal(tmp_path, "kernel-b") is None
    [note] = tmp_path.iterdir()
    os.utime(note, (time.time() - 90_000,) * 2)
    assert refusal(tmp_path, "kernel-a") is None
    clear_away(tmp_path)
    assert note.is_file()
    os.utime(note, (0, 0))
    clear_away(tmp_path)
    assert list(tmp_path.iterdir()) == []
