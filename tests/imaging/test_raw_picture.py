"""A RAW picture answers as the single readers do, from one opening, and keeps its answers."""

import gc
import logging
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from dng_files import opcode_list
from openings import openings
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from imaging import raw as raw_module
from imaging import raw_reader
from imaging.camera import read_shot
from imaging.metadata import Metadata, read_metadata
from imaging.preview import PROXY_LONG_SIDE, read_proxy
from imaging.raw import read_raw_linear_prophoto, read_size
from imaging.raw_picture import RawPicture
from params.files import InputError

HEIGHT, WIDTH = 96, 144


@pytest.fixture(params=["another process", "this one"], autouse=True)
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All holds wherever decoding is done."""
    monkeypatch.setenv("AUTO_ACR_IN_PROCESS", "01"[request.param == "this one"])


@pytest.fixture(scope="module")
def dng(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raw") / "a.dng"
    write_dng(path, scene(12, HEIGHT, WIDTH))
    return path


def ask_all(picture: RawPicture) -> tuple[object, ...]:
    return picture.metadata, picture.shot, picture.size


@pytest.mark.parametrize("process", [1, 2])
def test_as_the_single_readers(dng: Path, process: int) -> None:
    shot = read_shot(dng)
    with RawPicture(dng) as picture:
        # From small to large and back: a decode leaves no trace in the next.
        for long_side in (50, None, 72, 100, None, 50):
            found = picture.linear_prophoto(long_side, process)
            wanted = read_raw_linear_prophoto(dng, long_side, process)
            np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(
            picture.full(process), read_raw_linear_prophoto(dng, None, process)
        )
        np.testing.assert_array_equal(picture.proxy(process), read_proxy(dng, process=process))
        assert picture.shot.neutral == shot.neutral
        assert picture.shot.as_shot() == shot.as_shot()
        assert picture.size == read_size(dng) == (HEIGHT, WIDTH)
        assert picture.metadata == read_metadata(dng)
    assert PROXY_LONG_SIDE > WIDTH  # so that the proxy above was a decode at full size


def test_opened_once(dng: Path) -> None:
    """Whatever is asked; and the single readers open it once each."""
    with openings(dng) as count, RawPicture(dng) as picture:
        ask_all(picture)
        for process in (1, 2):
            picture.proxy(process)
            picture.linear_prophoto(50, process)
            picture.full(process)
    assert count[dng.name] == 1
    with openings(dng) as count:
        read_raw_linear_prophoto(dng, None, 2)
        read_shot(dng)
        read_metadata(dng)
        read_size(dng)
    assert count[dng.name] == 4


def test_the_count_is_right(tmp_path: Path) -> None:
    """Openings one after another, and at the same time."""
    path = tmp_path / "a"
    path.write_text("x" * 100)
    with openings(path) as count:
        for _ in range(7):
            path.read_text()
        with path.open("rb") as one:
            one.read(1)
            with path.open("rb") as other:
                other.read(1)
    assert count["a"] == 9


def test_nothing_is_opened_unasked(dng: Path) -> None:
    with openings(dng) as count, RawPicture(dng):
        pass
    assert count[dng.name] == 0


@pytest.mark.usefixtures("in_process")
def test_answers_are_kept(dng: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("shot_of", "metadata_of", "size_of", "check_structure"):
        real = getattr(raw_reader, name)
        monkeypatch.setattr(
            raw_reader, name, lambda file, name=name, real=real: asked.append(name) or real(file)
        )
    with RawPicture(dng) as picture:
        for _ in range(3):
            ask_all(picture)
            picture.full(2)
        assert picture.proxy(2) is picture.proxy(2)
        assert picture.full(2) is not picture.full(2)
    assert sorted(asked) == ["check_structure", "metadata_of", "shot_of", "size_of"]
    with openings(dng) as count:
        picture.metadata, picture.shot, picture.size, picture.proxy(2)
    assert count[dng.name] == 0


def test_a_warning_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "warped.dng"
    warp = opcode_list((1, bytes(60)))
    write_dng(path, scene(3), tags=[(51022, *warp, True)])
    with caplog.at_level(logging.WARNING), RawPicture(path) as picture:
        picture.proxy(1)
        picture.proxy(2)
        picture.full(2)
    assert caplog.text.count("WarpRectilinear") == 1


def test_after_closing_it_opens_again(dng: Path) -> None:
    picture = RawPicture(dng)
    with picture:
        picture.proxy(2)
    with openings(dng) as count, picture:
        assert picture.full(2).shape == (HEIGHT, WIDTH, 3)
    assert count[dng.name] == 1


@pytest.mark.usefixtures("in_process")
def test_what_is_held_and_when(dng: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibRaw's memory is freed after a decode at full size, before it is made linear, and on
    closing; the file on closing.
    """
    picture = RawPicture(dng)
    held: list[bool] = []
    real = raw_module._to_linear
    monkeypatch.setattr(
        raw_module,
        "_to_linear",
        lambda *args: held.append(picture._reader.file._libraw is not None) or real(*args),
    )
    picture.linear_prophoto(50)
    picture.full()
    assert held == [True, False]
    picture.linear_prophoto(50)
    file = picture._reader.file
    handle = file.handle()
    picture.close()
    assert file._libraw is None
    assert handle.closed


@pytest.mark.usefixtures("in_process")
def test_a_picture_that_is_forgotten_is_closed(dng: Path) -> None:
    picture = RawPicture(dng)
    picture.linear_prophoto(50)
    handle = weakref.ref(picture._reader.file.handle())
    del picture
    gc.collect()
    assert handle() is None


def test_several_threads_ask(dng: Path) -> None:
    """One opening, and right answers, though all ask at once."""
    wanted = {size: read_raw_linear_prophoto(dng, size, 2) for size in (40, 60, None)}
    with openings(dng) as count, RawPicture(dng) as picture, ThreadPoolExecutor(6) as pool:
        gate = threading.Barrier(6)

        def ask(size: int | None) -> bool:
            gate.wait()
            same = np.array_equal(picture.linear_prophoto(size, 2), wanted[size])
            return same and picture.size == (HEIGHT, WIDTH) and picture.metadata is not None

        assert all(pool.map(ask, [*wanted, *wanted]))
    assert count[dng.name] == 1


def test_it_stays_in_its_process(dng: Path) -> None:
    with pytest.raises(TypeError, match="send the path"):
        pickle.dumps(RawPicture(dng))


def test_a_file_that_is_none(dng: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each question has its error; metadata cost a warning, once."""
    short = tmp_path / "short.dng"
    short.write_bytes(dng.read_bytes()[:-1])
    (tmp_path / "text.dng").write_text("no picture " * 100)
    for name, reason in {
        "missing.dng": "no such file",
        "a\0b.dng": "no such file",
        "text.dng": "LibRaw cannot read it",
        "short.dng": "cut short",
    }.items():
        picture = RawPicture(tmp_path / name)
        for _ in range(2):
            with pytest.raises(InputError, match=reason) as caught:
                picture.proxy()
            assert str(caught.value).startswith(f"{tmp_path / name}: ")
            assert "\n" not in str(caught.value)
        picture.close()
    with RawPicture(tmp_path / "missing.dng") as picture:
        assert picture.metadata == picture.metadata == Metadata()
    assert caplog.text.count("missing.dng: metadata not read: no such file") == 1
    with RawPicture(short) as picture:  # its header is whole
        assert picture.shot.neutral == read_shot(dng).neutral
