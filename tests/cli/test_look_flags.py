"""--profiles: folders, several times, and what is none."""

from pathlib import Path

import pytest

import scripts.apply_params as command


def parse(*flags: str) -> list[Path]:
    args = ["a.dng", "a.xmp", "--out", "a.tif", *flags]
    return command.build_parser().parse_args(args).profiles


def test_folders(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for path in (one, two, three):
        path.mkdir()
    assert parse() == []
    assert parse("--profiles", str(one), str(two), "--profiles", str(three)) == [one, two, three]
    assert parse() == []


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("--profiles", str(tmp_path / "none"))
    assert caught.value.code == 2
    assert "none' is not a folder" in capsys.readouterr().err
