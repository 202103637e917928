"""Where inference and rendering put their results; no two pictures in one place."""

from pathlib import Path

import pytest

from cli.command import Parser, common_flags, device_flags
from cli.predict_flags import confidence_flags, predict_settings, prediction_flags
from imaging.sidecar import sidecar_of
from stages.predict.result_paths import ResultPaths, wanted_exports
from stages.predict.settings import PredictSettings


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


def test_sidecars(tmp_path: Path) -> None:
    raw, upper, alone = touch(tmp_path, "a.nef", "b.nef", "c.nef")
    touch(tmp_path, "a.xmp", "b.XMP")
    assert sidecar_of(raw) == tmp_path / "a.xmp"
    assert str(sidecar_of(upper)).lower() == str(tmp_path / "b.xmp").lower()
    assert sidecar_of(alone) is None


def settings(tmp_path: Path, *words: str) -> PredictSettings:
    parents = [common_flags(), device_flags(), prediction_flags(), confidence_flags()]
    parser = Parser("", parents)
    parser.add_argument("--output", type=Path, default=tmp_path / "out")
    args = parser.parse_args(["--checkpoint", "m.pt", "--input", str(tmp_path / "raws"), *words])
    return predict_settings(args)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ["xmps/a.xmp"]),
        (["--no-export-xmp"], []),
        (["--no-export-xmp", "--export-json"], ["data/a.json"]),
        (
            ["--export-xmp", "--export-json", "--export-preview"],
            ["xmps/a.xmp", "data/a.json", "preview/a.png"],
        ),
    ],
)
def test_exports(tmp_path: Path, words: list[str], wanted: list[str]) -> None:
    found = wanted_exports(settings(tmp_path, *words), ResultPaths(tmp_path, Path("a")))
    assert found == [tmp_path / name for name in wanted]
