"""Folders and disks that refuse: one line, and nothing half-written left behind."""

import contextlib
import errno
import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from evaluated import write_set
from simulated import write_pair

import run.evaluate
import run.inference
import run.predict_and_render
import scripts.apply_params
import scripts.fivek_tif_to_xmp
from params.ranges import neutral_params
from params.record import Record, write_record

CPU = ["--device", "cpu"]


resource = pytest.importorskip("resource", reason="no limits on files here")


@contextlib.contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """The system refuses to let any file grow further: what a full disk is like."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# The TIFF is 230 kB, the JPEG 40, the preview 50, the JSON and the XMP 2 each.
@pytest.mark.parametrize(
    ("limit", "refused"),
    [(100_000, "one.tif"), (10_000, "preview/one.png"), (100, "data/one.json")],
)
def test_a_full_disk(
    failing: Any, pairs: Path, checkpoint: Path, tmp_path: Path, limit: int, refused: str
) -> None:
    out = tmp_path / "out"
    words = ["--checkpoint", checkpoint, "--input", pairs / "raw" / "one.dng", "--output", out]
    more = ["--export-json", "--srgb-output", *CPU]
    if "preview" in refused:
        more.append("--export-preview")
    with no_file_over(limit):
        [line] = failing(run.predict_and_render, *words, *more)
    assert f"{out / refused}: cannot be written: " in line
    assert not (out / refused).exists()


def test_a_full_disk_in_the_fit(failing: Any, tmp_path: Path) -> None:
    root, out = tmp_path / "pairs", tmp_path / "out"
    write_pair(root / "one.dng", root / "one.tif", 0)
    with no_file_over(100):
        errors = failing(scripts.fivek_tif_to_xmp, "--root", root, "--steps", 2, "--output", out)
    assert len(errors) == 1
    assert str(out / "preview" / "one.png") in errors[0]
    assert [p for p in out.rglob("*") if p.is_file()] == []


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest with little to evaluate on."""
    splits = {"training": 2, "validation": 2, "testing": 1}
    return write_set(tmp_path_factory.mktemp("set"), splits)


# What is measured of a picture takes 1 kB, metrics.json 36, report.html 160.
@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        pytest.param(100, "measured/*.json", marks=pytest.mark.slow),
        (10_000, "metrics.json"),
        pytest.param(60_000, "report.html", marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_in_an_evaluation(
    failing: Any, evaluated: Path, checkpoint: Path, tmp_path: Path, limit: int, refused: str
) -> None:
    """One line, and the next run writes what an unbroken one does."""
    out = tmp_path / "out"
    words = ["--checkpoint", checkpoint, "--manifest", evaluated, "--output", out, "--expert", "c"]
    words += ["--cache", evaluated.parent / "cache", "--workers", "0", *CPU]
    run.evaluate.main([str(word) for word in (*words[:5], tmp_path / "before", *words[6:])])
    with no_file_over(limit):
        errors = failing(run.evaluate, *words)
    assert all("cannot be written: " in line for line in errors[:1])
    assert fnmatch.fnmatch(errors[0].split(": cannot")[0].rpartition(": ")[2], str(out / refused))
    assert list(out.glob(refused)) == []
    assert run.evaluate.main([str(word) for word in words]) == 0
    wanted = {path.relative_to(tmp_path / "before") for path in (tmp_path / "before").rglob("*.*")}
    assert {path.relative_to(out) for path in out.rglob("*.*")} == wanted


def test_a_jpeg_on_a_full_disk(failing: Any, pairs: Path, tmp_path: Path) -> None:
    settings, out = tmp_path / "settings.json", tmp_path / "out.jpg"
    write_record(settings, Record(neutral_params()))
    raw = pairs / "raw" / "one.dng"
    out.write_bytes(b"the old picture")
    with no_file_over(5000):
        [line] = failing(scripts.apply_params, raw, settings, "--out", out, *CPU)
    assert str(out) in line
    assert out.read_bytes() == b"the old picture"


@pytest.mark.parametrize("module", [run.inference, run.predict_and_render])
def test_an_output_folder_that_cannot_be(
    module: ModuleType, failing: Any, pairs: Path, checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("kept")
    out = tmp_path / "a file" / "below"
    words = ["--checkpoint", checkpoint, "--input", pairs / "raw", "--batch", "--output", out, *CPU]
    errors = failing(module, *words)
    assert len(errors) == 2  # one for each picture
    assert all(str(out) in line and "Not a directory" in line for line in errors)
    assert (tmp_path / "a file").read_text() == "kept"


@pytest.mark.parametrize("reason", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_refuses(
    failing: Any,
    pairs: Path,
    checkpoint: Path,
    tmp_path: Path,
    reason: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(Path, "mkdir", refuse)
    out = tmp_path / "out"
    words = ["--checkpoint", checkpoint, "--input", pairs / "raw" / "one.dng", "--output", out]
    [line] = failing(run.inference, *words, *CPU)
    assert str(out / "xmps" / "one.xmp") in line
    assert os.strerror(reason) in line
