"""TIFFs and RAWs that ask for minutes and gigabytes: one line, at once."""

from pathlib import Path

import pytest
from hostile_files import TIFFS, write_jpeg_strip, write_png
from simulated import scene
from spent import RAW, Spent, spent

from dataset.synthetic.write_dng import write_dng
from imaging import memory, raw
from imaging.jpeg_size import jpeg_size
from imaging.preview import read_preview
from imaging.raw_picture import RawPicture
from imaging.tiff import read_tiff, write_tiff
from imaging.tiff_budget import MOST_DIRECTORIES
from params.files import InputError

METADATA, TIFF = ("imaging.metadata", "read_metadata"), ("imaging.tiff", "read_tiff")
READERS = {"metadata": METADATA, "raw": RAW, "tiff": TIFF}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Spent]:
    """What each reader took for each file."""
    folder = tmp_path_factory.mktemp("hostile")
    calls = []
    for name, maker in TIFFS.items():
        maker(folder / f"{name}.dng")
        calls += [(name, reader, folder / f"{name}.dng") for reader in READERS]
    found = spent([(READERS[reader], path) for _, reader, path in calls])
    return {call[:2]: one for call, one in zip(calls, found, strict=True)}


@pytest.mark.parametrize("name", TIFFS)
@pytest.mark.parametrize("reader", READERS)
def test_little_is_spent(measured: dict[tuple[str, str], Spent], name: str, reader: str) -> None:
    one = measured[name, reader]
    assert one.seconds < 2.0, one
    assert one.megabytes < 300.0, one
    assert not one.error or one.error.startswith("InputError: ")
    assert "\n" not in one.error
    assert bool(one.error) == (reader != "metadata")  # no picture in any; odd metadata is passed by


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chained_directories", "more than 1,000 directories"),
        ("sub_directories", "more than 1,000 directories"),
        ("many_entries", "more than 100,000 entries"),
        ("strips_over_and_over", "more than 4,000,000 numbers"),
    ],
)
def test_what_the_budget_was_of(
    measured: dict[tuple[str, str], Spent], name: str, reason: str
) -> None:
    for reader in ("raw", "tiff"):
        assert reason in measured[name, reader].error


def test_as_many_directories_as_are_allowed(tmp_path: Path) -> None:
    from hostile_files import chained_directories

    chained_directories(tmp_path / "a.tif", MOST_DIRECTORIES)
    with pytest.raises(InputError, match="not believable"):  # 9 x 0 pixels, which comes later
        read_tiff(tmp_path / "a.tif")


@pytest.mark.parametrize("side", [40, 65500])
def test_a_jpeg_larger_than_its_strip(tmp_path: Path, side: int) -> None:
    write_jpeg_strip(tmp_path / "a.tif", side)
    with pytest.raises(InputError, match=f"a JPEG of {side}x{side}"):
        read_tiff(tmp_path / "a.tif")


def test_a_jpeg_as_large_as_its_strip(tmp_path: Path) -> None:
    write_jpeg_strip(tmp_path / "a.tif", 16)
    assert read_tiff(tmp_path / "a.tif").shape == (16, 16, 3)


@pytest.mark.parametrize("head", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\0", b"\xff" * 9, b"none"])
def test_no_size(head: bytes) -> None:
    assert jpeg_size(head) is None


@pytest.mark.usefixtures("in_process")
def test_pixels_beyond_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, picture = tmp_path / "a.tif", scene(0)
    write_tiff(path, picture)
    write_dng(tmp_path / "a.dng", picture)
    monkeypatch.setattr(memory, "free_memory", lambda: 100_000)
    for read in (read_tiff, lambda path: RawPicture(path.with_suffix(".dng")).full()):
        with pytest.raises(InputError, match=r"take \d+\.\d GiB of memory, and 0\.0 are free"):
            read(path)
    monkeypatch.setattr(memory, "free_memory", lambda: None)  # a system that does not tell
    assert read_tiff(path).shape == picture.shape


def test_the_memory_of_this_machine() -> None:
    free = memory.free_memory()
    assert free is None or 0 < free < 1 << 50


@pytest.mark.usefixtures("in_process")
def test_more_pixels_than_a_raw_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dng(tmp_path / "a.dng", scene(0))
    monkeypatch.setattr(raw, "_FEW_PIXELS", 1000)
    monkeypatch.setattr(raw, "_MOST_A_BYTE", 0.1)
    with pytest.raises(InputError, match="not believable"):
        RawPicture(tmp_path / "a.dng").full()


@pytest.mark.parametrize(("side", "rows"), [(9000, 0), (30_000, 1)])
def test_a_preview_of_too_many_pixels(tmp_path: Path, side: int, rows: int) -> None:
    write_png(tmp_path / "a.png", side, rows)
    with pytest.raises(InputError, match="cannot be read"):
        read_preview(tmp_path / "a.png")
