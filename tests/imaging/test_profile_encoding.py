"""Profiles to encode to are tried where they do no harm."""

import struct
from pathlib import Path

import numpy as np
import pytest

from imaging.color import SRGB_TO_XYZ_D50
from imaging.decoder.pool import end_all
from imaging.icc import _rgb_profile, build_profile, srgb_profile
from imaging.profile_encoding import check_profile, encode_to_profile
from imaging.tiff import read_tiff, write_tiff
from params.files import InputError


def profile_called(name: str) -> bytes:
    return _rgb_profile(name, SRGB_TO_XYZ_D50, b"curv" + bytes(4) + struct.pack(">I", 0))


@pytest.mark.usefixtures("bad_decoders")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crash", "its decoder crashed with signal 11"),
        ("exit", "its decoder ended with exit status 3"),
        ("allocate", "decoding it takes more memory than a picture of its kind should"),
    ],
)
def test_one_that_littlecms_does_not_survive(tmp_path: Path, name: str, said: str) -> None:
    """One line that names it, no picture, and the next is written."""
    pixels, out = np.full((4, 5, 3), 0.25, np.float32), tmp_path / "out.tif"
    profile = tmp_path / "given.icc"
    for _ in range(2):
        profile.write_bytes(profile_called(name))
        with pytest.raises(InputError) as caught:
            write_tiff(out, pixels, icc_profile=profile)
        assert str(caught.value) == f"{profile}: {said}"
        assert [path.name for path in tmp_path.iterdir()] == [profile.name]
    profile.write_bytes(profile_called("good"))
    write_tiff(out, pixels, icc_profile=profile)
    np.testing.assert_allclose(read_tiff(out), pixels, atol=1e-4)


@pytest.mark.parametrize("here", [False, True])
def test_one_that_cannot_be_used(
    tmp_path: Path, here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_ACR_IN_PROCESS", "01"[here])
    path = tmp_path / "given.icc"
    with pytest.raises(InputError, match=r"given\.icc: cannot encode to this ICC profile: \S"):
        check_profile(path, build_profile(b"RGB ", {}))


def test_it_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end_all()
    path, profile = tmp_path / "given.icc", profile_called("tried once")
    check_profile(path, profile)
    end_all()
    monkeypatch.setattr("imaging.decoder.child.REPO_ROOT", tmp_path / "none")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    check_profile(path, profile)
    with pytest.raises(InputError, match="no process can be started"):
        check_profile(path, profile_called("another"))


def test_encoded_as_the_profile_says() -> None:
    grey = np.full((1, 2, 3), 0.5, np.float32)
    wanted = 1.055 * 0.5 ** (1 / 2.4) - 0.055
    np.testing.assert_allclose(encode_to_profile(grey, srgb_profile()), wanted, atol=2e-4)


@pytest.mark.slow
def test_profiles_with_wrong_bytes(tmp_path: Path) -> None:
    """Whatever is wrong, it is an InputError, or it can be used."""
    random = np.random.default_rng(0)
    said = []
    for _ in range(400):
        content = np.frombuffer(srgb_profile(), np.uint8).copy()
        places = random.integers(128, content.size, random.integers(1, 30))
        content[places] = random.choice(np.array([0, 1, 127, 128, 255], np.uint8), places.size)
        try:
            check_profile(tmp_path / "given.icc", content.tobytes())
        except InputError as error:
            said.append(str(error))
    assert 0 < len(said) < 400
    assert all(line.startswith(f"{tmp_path / 'given.icc'}: ") for line in said)
    assert not any("\n" in line for line in said)
