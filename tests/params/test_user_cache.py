"""Where the user's cache is: by our own variable, the desktop's, or in the home folder."""

from pathlib import Path

import pytest

from params.user_cache import user_cache


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
