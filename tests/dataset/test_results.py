"""Where inference and rendering put their results; no two pictures in one place."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from dataset.results import ResultPaths, picture_flags, plan, prediction_flags, wanted_exports
from dataset.sidecar import sidecar_of
from dataset.sources import list_raws, result_names
from params.files import InputError


def touch(root: Path, *names: str) -> list[Path]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return [root / name for name in names]


def test_paths(tmp_path: Path) -> None:
    paths = ResultPaths(tmp_path, Path("trip/day.1/IMG 2"))
    assert paths.xmp == tmp_path / "xmps" / "trip" / "day.1" / "IMG 2.xmp"
    assert paths.json == tmp_path / "data" / "trip" / "day.1" / "IMG 2.json"
    assert paths.preview == tmp_path / "preview" / "trip" / "day.1" / "IMG 2.png"
    assert paths.tiff == tmp_path / "trip" / "day.1" / "IMG 2.tif"
    assert paths.jpeg == tmp_path / "trip" / "day.1" / "IMG 2.jpg"
    # A dot in the name is no suffix to be replaced.
    assert ResultPaths(tmp_path, Path("a.b")).tiff == tmp_path / "a.b.tif"


def test_names_do_not_collide(tmp_path: Path) -> None:
    raws = touch(
        tmp_path, "a.dng", "a.arw", "b.dng", "day 1/c.dng", "day 2/c.dng", "d.1.dng", "d.2.dng",
        "E.nef", "e.dng",
    )  # fmt: skip
    names = result_names(raws, tmp_path)
    found = {raw.relative_to(tmp_path).as_posix(): name.as_posix() for raw, name in names.items()}
    assert found == {
        "a.dng": "a.dng", "a.arw": "a.arw", "b.dng": "b", "day 1/c.dng": "day 1/c",
        "day 2/c.dng": "day 2/c", "d.1.dng": "d.1", "d.2.dng": "d.2",
        "E.nef": "E.nef", "e.dng": "e.dng",  # one file on a disk that takes them for equal
    }  # fmt: skip
    places = [ResultPaths(tmp_path, name) for name in names.values()]
    assert len({str(p.tiff).lower() for p in places}) == len(raws)
    assert len({str(p.xmp).lower() for p in places}) == len(raws)


def test_a_name_kept_with_its_suffix_meets_no_other(tmp_path: Path) -> None:
    """a.dng and a.arw keep their suffixes; a.dng.arw has lost its own."""
    raws = touch(tmp_path, "a.dng", "a.arw", "a.dng.arw")
    names = list(result_names(raws, tmp_path).values())
    assert len(set(names)) == 3


def test_a_single_file_is_called_by_its_name(tmp_path: Path) -> None:
    [raw] = touch(tmp_path, "deep/down/a.dng")
    assert list(result_names([raw], raw).values()) == [Path("a")]


def test_what_input_means(tmp_path: Path) -> None:
    first, second, _ = touch(tmp_path, "a.DNG", "sub/b.nef", "c.jpg")
    assert list_raws(tmp_path, batch=True) == [first, second]
    assert list_raws(first, batch=False) == list_raws(first, batch=True) == [first]
    (tmp_path / "empty").mkdir()
    for path, batch, reason in (
        (tmp_path, False, "add --batch"),
        (tmp_path / "empty", True, "no RAW files"),
        (tmp_path / "none.dng", False, "no such file"),
    ):
        with pytest.raises(InputError, match=reason) as caught:
            list_raws(path, batch)
        assert str(caught.value).startswith(f"{path}: ")


def test_sidecars(tmp_path: Path) -> None:
    raw, upper, alone = touch(tmp_path, "a.nef", "b.nef", "c.nef")
    touch(tmp_path, "a.xmp", "b.XMP")
    assert sidecar_of(raw) == tmp_path / "a.xmp"
    assert str(sidecar_of(upper)).lower() == str(tmp_path / "b.xmp").lower()
    assert sidecar_of(alone) is None


def arguments(tmp_path: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(parents=[prediction_flags(), picture_flags()])
    args = parser.parse_args(["--checkpoint", "m.pt", "--input", str(tmp_path / "raws"), *words])
    args.output = tmp_path / "out"
    return args


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ["xmps/a.xmp"]),
        (["--no-export-xmp"], []),
        (["--no-export-xmp", "--export-json"], ["data/a.json"]),
        (["--export-xmp", "--export-json", "--export-preview"],
         ["xmps/a.xmp", "data/a.json", "preview/a.png"]),
    ],
)  # fmt: skip
def test_exports(tmp_path: Path, words: list[str], wanted: list[str]) -> None:
    found = wanted_exports(arguments(tmp_path, *words), ResultPaths(tmp_path, Path("a")))
    assert found == [tmp_path / name for name in wanted]


def test_only_what_is_missing_is_planned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raws = touch(tmp_path / "raws", "a.dng", "sub/b.dng", "c.dng")
    touch(tmp_path / "out" / "xmps", "a.xmp", "sub/b.xmp")
    touch(tmp_path / "out" / "data", "a.json")

    def todo(*words: str) -> list[Path]:
        args = arguments(tmp_path, "--batch", *words)
        planned: dict[Path, Any] = plan(args, lambda paths: wanted_exports(args, paths))
        return list(planned)

    with caplog.at_level("INFO"):
        assert todo() == [tmp_path / "raws" / "c.dng"]
    assert "2 of 3 pictures are done already" in caplog.text
    assert todo("--export-json") == [raws[2], raws[1]]
    assert todo("--overwrite") == [raws[0], raws[2], raws[1]]
