"""Where the user's cache is: by our own variable, the desktop's, or in the home folder."""

import os
from pathlib import Path

import pytest

from params.user_cache import can_keep, is_own, user_cache


def test_what_is_asked_for_counts_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AUTO_ACR_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert user_cache() == tmp_path / ".cache" / "auto_acr"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # of no value, says its standard
    assert user_cache() == tmp_path / ".cache" / "auto_acr"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "desktop"))
    assert user_cache() == tmp_path / "desktop" / "auto_acr"
    monkeypatch.setenv("AUTO_ACR_CACHE", str(tmp_path / "own"))
    assert user_cache() == tmp_path / "own"


def test_a_user_without_a_home_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("AUTO_ACR_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert user_cache() is None
    assert not can_keep(None)


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert can_keep(folder)
    assert is_own(folder)
    assert folder.stat().st_mode & 0o077 == 0 or os.name == "nt"
    (tmp_path / "file").touch()
    assert not can_keep(tmp_path / "file")
    assert not can_keep(tmp_path / "file" / "below")
    assert not is_own(tmp_path / "missing")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners")
def test_another_users_is_not_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = os.getuid() or 4711  # root's are everybody's to trust
    os.chown(tmp_path, owner, -1)
    monkeypatch.setattr(os, "getuid", lambda: owner)
    assert is_own(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    assert not is_own(tmp_path)
    assert not can_keep(tmp_path)
