"""Files are decoded in processes of their own, whose end is one file's error."""

import errno
import gc
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from decoders import decoders, ended, shared_memory
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from imaging.decoder import pool
from imaging.metadata import Metadata, read_metadata
from imaging.raw import read_raw_linear_prophoto
from imaging.raw_picture import RawPicture
from imaging.tiff import read_tiff, write_tiff
from params.files import InputError

REPO = Path(__file__).resolve().parents[3]
# How a decoder ends, by the name of the file, and what is said of it.
ENDS = {
    "crash": "its decoder crashed with signal 11",
    "killed": "its decoder was killed, by the system if memory ran out",
    "exit": "its decoder ended with exit status 3",
    "allocate": "decoding it takes more memory than a picture of its kind should",
    "hang": "its decoder did not answer within 2 s",
}


@pytest.fixture(scope="module")
def dng(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("decoders") / "good.dng"
    write_dng(path, scene(4))
    write_tiff(path.with_suffix(".tif"), scene(5))
    for name in (*ENDS, "break"):
        shutil.copy(path, path.with_stem(name))
        shutil.copy(path.with_suffix(".tif"), path.with_name(f"{name}.tif"))
    return path


def full(path: Path) -> np.ndarray:
    with RawPicture(path) as picture:
        return picture.full(2)


@pytest.mark.usefixtures("bad_decoders")
@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(("read", "suffix"), [(full, ".dng"), (read_tiff, ".tif")])
def test_a_bad_end_is_one_files(
    dng: Path, name: str, read: Callable[[Path], np.ndarray], suffix: str
) -> None:
    good, bad = dng.with_suffix(suffix), dng.with_name(name + suffix)
    before = shared_memory()
    wanted = read(good)
    with pytest.raises(InputError) as caught:
        read(bad)
    assert str(caught.value) == f"{bad}: {ENDS[name]}"
    np.testing.assert_array_equal(read(good), wanted)
    assert len(decoders(os.getpid())) == 1
    assert shared_memory() == before


@pytest.mark.usefixtures("bad_decoders")
def test_the_picture_that_follows_is_not_blamed(dng: Path) -> None:
    """What a file broke in its decoder meets the next file, which gets another decoder."""
    full(dng.with_name("break.dng"))
    [first] = decoders(os.getpid())
    assert full(dng).shape == (160, 240, 3)
    [second] = decoders(os.getpid())
    assert second != first


@pytest.mark.usefixtures("bad_decoders")
def test_metadata_do_not_fail(dng: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of a file that is no TIFF LibRaw is asked, in the decoder."""
    path = dng.with_name("crash.cr3")
    path.write_bytes(b"ftypcrx " * 20)
    assert read_metadata(path) == Metadata()
    line = f"{path}: metadata not read: its decoder crashed with signal 11"
    assert [record.getMessage() for record in caplog.records] == [line]


@pytest.mark.usefixtures("bad_decoders")
def test_the_answers_stay_when_the_decoder_is_gone(dng: Path) -> None:
    with RawPicture(dng) as picture:
        shot, proxy = picture.shot, picture.proxy(2)
        [number] = decoders(os.getpid())
        os.kill(number, signal.SIGKILL)
        assert ended(number)
        assert picture.shot is shot
        assert picture.proxy(2) is proxy
        with pytest.raises(InputError, match="its decoder was killed"):
            picture.full(2)
        np.testing.assert_array_equal(picture.full(2), full(dng))


def test_one_decoder_serves_many(dng: Path) -> None:
    pool.end_all()
    full(dng)
    [number] = decoders(os.getpid())
    for _ in range(3):
        full(dng)
        read_tiff(dng.with_suffix(".tif"))
        read_metadata(dng)
    assert decoders(os.getpid()) == [number]


def test_threads_have_their_own(dng: Path) -> None:
    """Each open picture has a decoder; all are there for the next."""
    pool.end_all()
    gate, wanted = threading.Barrier(3), full(dng)

    def decode(_: int) -> bool:
        with RawPicture(dng) as picture:
            same = np.array_equal(picture.full(2), wanted)
            gate.wait()
            return same

    with ThreadPoolExecutor(3) as threads:
        assert all(threads.map(decode, range(3)))
        numbers = set(decoders(os.getpid()))
        assert len(numbers) == 3
        assert all(threads.map(decode, range(3)))
    assert set(decoders(os.getpid())) == numbers


def test_a_picture_that_is_forgotten_gives_its_decoder_back(dng: Path) -> None:
    pool.end_all()
    picture = RawPicture(dng)
    assert picture.size == (160, 240)
    del picture
    gc.collect()
    full(dng)
    assert len(decoders(os.getpid())) == 1


def test_it_is_warm_when_it_is_wanted(dng: Path) -> None:
    pool.end_all()
    pool.warm_up()
    pool.warm_up()
    [number] = decoders(os.getpid())
    full(dng)
    assert decoders(os.getpid()) == [number]


def test_what_is_told_comes_to_who_asks(dng: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Log records, in the thread that asks, and the warnings of a RAW file."""
    path = dng.with_name("plain.tif")
    import tifffile

    tifffile.imwrite(path, np.zeros((8, 8, 3), np.uint16), photometric="rgb")
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(threading.get_ident).result()
        thread.submit(read_tiff, path).result()
    [record] = caplog.records
    assert record.getMessage() == f"{path}: no ICC profile; ProPhoto RGB (gamma 1.8) assumed"
    assert (record.thread, record.name) == (asking, "imaging.tiff_reading")


def test_names_are_those_of_the_owner(
    dng: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative ones too, wherever the decoder was started; and no letter is lost."""
    full(dng)
    monkeypatch.chdir(tmp_path)
    odd = Path(os.fsdecode("ä \u65e5\n".encode() + b"\xff.dng"))
    shutil.copy(dng, odd)
    np.testing.assert_array_equal(full(odd), full(dng))
    with pytest.raises(InputError, match=r"^missing\.dng: no such file$"):
        full(Path("missing.dng"))


@pytest.mark.usefixtures("bad_decoders")
def test_an_interrupted_answer_is_not_the_next_ones(
    dng: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a decoder is at work ends that decoder."""
    monkeypatch.setattr(pool, "SECONDS", 60.0)
    usual = signal.signal(signal.SIGALRM, signal.default_int_handler)
    full(dng)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            full(dng.with_stem("hang"))
    finally:
        signal.signal(signal.SIGALRM, usual)
    assert full(dng).shape == (160, 240, 3)
    assert len(decoders(os.getpid())) == 1


@pytest.mark.usefixtures("bad_decoders")
def test_threads_that_wait_can_be_called_off(dng: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits, and whoever comes then, is interrupted; afterwards all is as before."""
    monkeypatch.setattr(pool, "SECONDS", 60.0)
    wanted = full(dng)
    hangs = dng.with_name("hang.hangs")
    hangs.unlink(missing_ok=True)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(full, dng.with_stem("hang"))
        until = time.monotonic() + 30
        while not hangs.exists() and time.monotonic() < until:
            time.sleep(0.02)
        pool.call_off()
        assert isinstance(waiting.exception(30), KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            full(dng)
        pool.lend_again()
    np.testing.assert_array_equal(full(dng), wanted)
    assert len(decoders(os.getpid())) == 1


OWNER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from imaging.raw_picture import RawPicture
RawPicture(Path(sys.argv[2])).full(2)
"""


@pytest.mark.usefixtures("bad_decoders")
def test_a_decoder_ends_with_its_owner(dng: Path) -> None:
    """Killed by SIGKILL, while the decoder hangs in a library."""
    paths = os.environ | {"PYTHONPATH": str(REPO / "tests" / "bad_decoders")}
    words = [sys.executable, "-c", OWNER, str(REPO), str(dng.with_stem("hang"))]
    hangs = dng.with_name("hang.hangs")
    hangs.unlink(missing_ok=True)
    with subprocess.Popen(words, env=paths) as owner:
        while not hangs.exists():
            assert owner.poll() is None
            time.sleep(0.02)
        [number] = decoders(owner.pid)
        owner.kill()
    assert ended(number)


def test_after_a_fork_each_has_its_own(dng: Path) -> None:
    """A worker of a DataLoader is forked from a process that has decoders."""
    wanted = full(dng)
    before = set(decoders(os.getpid()))
    read, write = os.pipe()
    child = os.fork()
    if not child:
        with open(write, "wb") as told:
            same = np.array_equal(full(dng), wanted)
            own = set(decoders(os.getpid()))
            told.write(b"yes" if same and len(own) == 1 and not own & before else b"no")
        os._exit(0)
    os.close(write)
    with open(read, "rb") as telling:
        assert telling.read() == b"yes"
    os.waitpid(child, 0)
    np.testing.assert_array_equal(full(dng), wanted)
    assert set(decoders(os.getpid())) == before


def test_a_module_that_is_not_the_decoders_does_not_matter(dng: Path, tmp_path: Path) -> None:
    """It has the modules of its owner, not those of the folder in which it is called."""
    (tmp_path / "numpy.py").write_text("raise ImportError('the wrong one')\n")
    code = OWNER.replace("RawPicture(Path", "print(RawPicture(Path").replace("full(2)", "size)")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(REPO), str(dng)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("(160, 240)\n", "")


def test_without_processes(dng: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is started where it is asked not to be, and the pictures are the same."""
    wanted = full(dng), read_tiff(dng.with_suffix(".tif")), read_raw_linear_prophoto(dng, 64)
    pool.end_all()
    monkeypatch.setenv("AUTO_ACR_IN_PROCESS", "1")
    found = full(dng), read_tiff(dng.with_suffix(".tif")), read_raw_linear_prophoto(dng, 64)
    assert decoders(os.getpid()) == []
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_that_cannot_be_started(dng: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.end_all()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(InputError, match=r"^no process can be started to decode: No such file"):
        full(dng)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('hush'); raise ImportError('no  such\\tthing')", "ImportError: no such thing"),
        ("import os; os._exit(3)", "ended with exit status 3"),
        ("import os; os.abort()", "crashed with signal 6"),
    ],
)
def test_one_that_does_not_start_says_why(
    dng: Path, tmp_path: Path, code: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what can be done without it. Once it can be started it is."""
    pool.end_all()
    wrong = tmp_path / "numpy.py"
    wrong.write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("imaging.decoder.child.REPO_ROOT", tmp_path)
    line = f"{dng}: its decoder cannot be started: {why}; AUTO_ACR_IN_PROCESS=1 reads files without"
    with pytest.raises(InputError) as caught:
        full(dng)
    assert str(caught.value) == f"{line} one"
    wrong.unlink()
    assert full(dng).shape == (160, 240, 3)


@pytest.mark.parametrize("what", ["socket.socketpair", "imaging.decoder.child.ring_file"])
def test_without_files_to_open_it_is_said_so(
    what: str, dng: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    pool.end_all()
    monkeypatch.setattr(what, refuse)
    gc.collect()
    before = os.listdir("/dev/fd")
    with pytest.raises(InputError, match=r"started to decode: Too many open files$"):
        full(dng)
    assert len(os.listdir("/dev/fd")) == len(before)


def test_a_picture_may_be_forgotten_at_any_time(dng: Path) -> None:
    """Pictures are in cycles, which Python ends wherever it likes: here while it has the lock."""
    picture = RawPicture(dng)
    assert picture.size == (160, 240)

    def forget() -> None:
        with pool._pool.lock:
            picture._loan.__del__()  # type: ignore[union-attr]

    thread = threading.Thread(target=forget, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_debug_shows_where_it_happened(dng: Path) -> None:
    """The traceback of the decoder is the error's cause."""
    with pytest.raises(InputError) as caught:
        read_tiff(dng.with_name("missing.tif"))
    assert "_read_encoded" in str(caught.value.__cause__)


def test_the_logs_level_is_that_of_the_owner(dng: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "imaging.tiff_reading"):
        path = dng.with_name("plain.tif")
        import tifffile

        tifffile.imwrite(path, np.zeros((8, 8, 3), np.uint16), photometric="rgb")
        read_tiff(path)
    assert caplog.records == []
