"""Looks found in folders of profiles, by UUID and by name."""

import os
from pathlib import Path

import pytest
from look_files import UUID, fade, profile_xmp, rgb_block, sidecar_xmp

import params.look_library
from params.files import InputError
from params.look_library import LookLibrary, usual_folders
from params.look_profile import read_photo_look
from params.unsupported import Look

TABLES = {"RGBTable": rgb_block(3, fade)}
OTHER = "F" * 32


def put(path: Path, name: str, uuid: str = UUID, **settings: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(profile_xmp(name, TABLES, settings, uuid=uuid))
    return path


def test_by_uuid_then_by_name(tmp_path: Path) -> None:
    put(tmp_path / "a" / "deep" / "one.xmp", "One")
    put(tmp_path / "b" / "TWO.XMP", "Two", OTHER)
    put(tmp_path / "b" / "nameless.xmp", "", "E" * 32)
    library = LookLibrary([tmp_path])
    for look, name in (
        (Look("One", 1.0, UUID), "One"),
        (Look("renamed", 1.0, UUID), "One"),
        (Look("Two", 1.0, "A" * 32), "Two"),
        (Look("Two"), "Two"),
    ):
        found = library.find(look)
        assert found is not None
        assert found.name == name
        assert library.find(look) is found
    assert library.find(Look("Three", 1.0, "A" * 32)) is None
    assert library.find(Look("")) is None


def test_the_first_folder_counts(tmp_path: Path) -> None:
    put(tmp_path / "adobe" / "a.xmp", "One", Contrast2012="10")
    put(tmp_path / "own" / "z.xmp", "One", Contrast2012="20")
    found = LookLibrary([tmp_path / "own", tmp_path / "adobe"]).find(Look("One"))
    assert found is not None
    assert found.sliders == {"Contrast2012": 20.0}


def test_a_photos_own_profile_goes_before(tmp_path: Path) -> None:
    put(tmp_path / "one.xmp", "One", Contrast2012="10")
    look, profile = read_photo_look(sidecar_xmp("One", TABLES), "x")
    assert look is not None
    assert profile is not None
    library = LookLibrary([tmp_path])
    library.add(profile)
    assert library.find(look) is profile


def test_files_that_are_no_profiles(tmp_path: Path) -> None:
    put(tmp_path / "one.xmp", "One")
    (tmp_path / "broken.xmp").write_bytes(b"<Look")
    (tmp_path / "photo.xmp").write_bytes(sidecar_xmp("Photo", TABLES))
    (tmp_path / "notes.txt").write_bytes(profile_xmp("Text", TABLES))
    (tmp_path / "folder.xmp").mkdir()
    (tmp_path / "gone.xmp").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.xmp")
    library = LookLibrary([tmp_path, tmp_path / "missing"])
    assert library.find(Look("One")) is not None
    for name in ("Photo", "Text"):
        assert library.find(Look(name)) is None


def test_a_broken_profile_is_named_when_it_is_wanted(tmp_path: Path) -> None:
    path = put(tmp_path / "one.xmp", "One")
    path.write_bytes(path.read_bytes().replace(b"crs:Table_", b"crs:Gone_"))
    library = LookLibrary([tmp_path])
    assert library.find(Look("Two")) is None
    with pytest.raises(InputError, match=r"one\.xmp: look 'One': table .* isn't there"):
        library.find(Look("One"))


def test_the_number_of_files_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(params.look_library, "MOST_FILES", 3)
    for i in range(5):
        put(tmp_path / f"{i}.xmp", f"Look {i}", f"{i:032X}")
    library = LookLibrary([tmp_path])
    assert library.find(Look("Look 2")) is not None
    assert library.find(Look("Look 3")) is None
    assert "only the first 3 files" in caplog.text


def test_files_are_read_once_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    real = params.look_library.read_packet

    def counted(path: Path) -> bytes:
        read.append(path)
        return real(path)

    monkeypatch.setattr(params.look_library, "read_packet", counted)
    put(tmp_path / "one.xmp", "One")
    put(tmp_path / "two.xmp", "Two", OTHER)
    library = LookLibrary([tmp_path])
    assert read == []
    for _ in range(3):
        library.find(Look("One"))
        library.find(Look("Three"))
    assert sorted(path.name for path in read) == ["one.xmp", "one.xmp", "two.xmp"]


def test_usual_folders(tmp_path: Path) -> None:
    mac = tmp_path / "Library" / "Application Support" / "Adobe" / "CameraRaw"
    windows = tmp_path / "data" / "Adobe" / "CameraRaw"
    for root in (mac, windows):
        (root / "CameraProfiles").mkdir(parents=True)
    (windows / "Settings").mkdir()
    found = [f for f in usual_folders("darwin", tmp_path, {}) if tmp_path in f.parents]
    assert found == [mac / "CameraProfiles"]
    environment = {"PROGRAMDATA": str(tmp_path / "none"), "APPDATA": str(tmp_path / "data")}
    found = usual_folders("win32", tmp_path, environment)
    assert found == [windows / "CameraProfiles", windows / "Settings"]
    assert usual_folders("win32", tmp_path, {}) == []
    assert usual_folders("linux", tmp_path, environment) == []
