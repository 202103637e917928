"""The kernel's library: compiled once, kept by what went into it, or done without."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.fused import build, library
from model.fused.kept import kept_library
from params.files import REPO_ROOT

pytestmark = pytest.mark.skipif(build._compiler() is None, reason="no C compiler")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTO_ACR_CACHE", str(tmp_path))
    return tmp_path


def test_compiled_once(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = build.library_path()
    assert first is not None
    assert first.parent == cache
    assert [path.name for path in first.parent.iterdir()] == [first.name]
    written = first.stat().st_mtime_ns
    assert build.library_path() == first
    assert first.stat().st_mtime_ns == written
    assert caplog.text.count("compiling the edit kernel") == 1


@pytest.mark.parametrize("harm", [lambda data: data[: len(data) // 2], lambda data: b"x" + data])
def test_a_damaged_one_is_compiled_anew(cache: Path, harm: Callable[[bytes], bytes]) -> None:
    first = build.library_path()
    assert first is not None
    whole = first.read_bytes()
    first.write_bytes(harm(whole))
    again = build.library_path()
    assert again is not None
    assert kept_library(cache, again.stem.rpartition("-")[0]) == again


@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_what_others_may_have_written_is_not_loaded(cache: Path) -> None:
    first = build.library_path()
    assert first is not None
    name = first.stem.rpartition("-")[0]
    assert kept_library(cache, name) == first
    for path, usual in ((first, 0o700), (cache, 0o700)):
        path.chmod(0o777)
        assert kept_library(cache, name) is None
        path.chmod(usual)
    assert kept_library(cache, name) == first


def test_other_sources_are_another_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = build._compiler()
    assert command is not None
    before = build._digest(command)
    for path in build.SOURCES.glob("*.[ch]"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    assert build._digest(command) == before
    (tmp_path / "tones.h").write_text("other")
    assert build._digest(command) != before


def test_sources_that_do_not_compile(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    broken = tmp_path / "sources"
    broken.mkdir()
    (broken / "kernel.c").write_text("int check_self(void) { return 0 }")
    monkeypatch.setattr(build, "SOURCES", broken)
    assert build.library_path() is None
    assert "the edit layer renders without it" in caplog.text
    assert caplog.text.count("compiling the edit kernel") == 1
    [note] = cache.glob("kernel-*.refused")
    said = caplog.messages[-1]
    assert "error: " in said
    # The compiler is not tried again by each command, but when it is asked for, or next day.
    assert build.library_path() is None
    assert caplog.messages[-1] == said
    assert caplog.text.count("compiling the edit kernel") == 1
    assert build.main() == 0
    assert caplog.text.count("compiling the edit kernel") == 2
    day_ago = time.time() - 90_000
    os.utime(note, (day_ago, day_ago))
    assert build.library_path() is None
    assert caplog.text.count("compiling the edit kernel") == 3
    assert list(cache.glob("kernel-*")) == [note]
    # What another user may have written is not believed.
    cache.chmod(0o777)
    assert build.library_path() is None
    cache.chmod(0o700)
    (broken / "kernel.c").write_text("int check_self(void) { return 0; }")
    assert build.library_path() is not None


def test_a_library_that_computes_wrongly_is_not_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = tmp_path / "sources"
    wrong.mkdir()
    (wrong / "kernel.c").write_text("int check_self(void) { return 1; }")
    monkeypatch.setattr(build, "SOURCES", wrong)
    assert build.library_path() is None


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(build, "_compiler", lambda: None)
    assert build.library_path() is None
    assert "no C compiler found" in caplog.text
    assert build.main() == 0


def test_a_folder_that_refuses_is_passed_by(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    folders = [tmp_path / "file" / "kept", tmp_path / ("long" * 100), tmp_path / "kept"]
    monkeypatch.setattr(build, "_folders", lambda: iter(folders))
    found = build.library_path()
    assert found is not None
    assert found.parent == tmp_path / "kept"


def test_the_renderer_loads_without_torch() -> None:
    code = "import sys, model.render\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPO_ROOT, timeout=60)


def test_pictures_that_fit() -> None:
    pixels = np.zeros((4, 5, 3), np.float32)
    assert library.fits(pixels)
    assert library.fits(pixels[1:, 2:])
    assert not library.fits(pixels[:, ::2])
    assert not library.fits(pixels[..., ::-1])
    assert not library.fits(pixels.astype(np.float64))
    assert not library.fits(pixels.astype(">f4"))
    assert not library.fits(pixels.transpose(1, 0, 2))
