"""A cache with a bound: what was not used for longest goes, and is made again when needed."""

import os
from pathlib import Path

import numpy as np
import pytest

from dataset import cache_bound
from dataset.cache_bound import bound, limit_cache
from dataset.sample_cache import cached, made_once, store
from params.files import InputError

ARRAY = np.zeros(25_000, np.float32)  # 100 kB


def made() -> dict[str, np.ndarray]:
    return {"array": ARRAY}


def put(cache: Path, *names: str) -> None:
    """Files that were made, and used, one after the other, long ago."""
    for age, name in enumerate(names):
        store(cache / f"{name}.npz", made())
        os.utime(cache / f"{name}.npz", (1e9 + age, 1e9 + age))


def there(cache: Path) -> str:
    return "".join(sorted(file.stem for file in cache.glob("[!.]*")))


def size(cache: Path) -> int:
    return sum(file.stat().st_size for file in cache.glob("*.npz"))


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    limit_cache(tmp_path, 1.0)
    put(tmp_path, *"abcdefgh")
    cached(tmp_path / "a.npz", made)
    cached(tmp_path / "c.npz", made)
    limit_cache(tmp_path, 0.00045)  # room for four
    assert there(tmp_path) == "acgh"
    assert np.array_equal(made_once(tmp_path / "b.npz", made)["array"], ARRAY)
    assert "b" in there(tmp_path)


def test_the_bound_holds_while_files_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_cache(tmp_path, 0.001)
    for number in range(40):
        store(tmp_path / f"{number:02}.npz", made())
        assert size(tmp_path) <= 1_000_000
    assert size(tmp_path) > 700_000
    assert (tmp_path / "39.npz").is_file()
    # Another process, which was told nothing, keeps to it as well.
    bound.cache_clear()
    monkeypatch.setattr(cache_bound, "_written", {})
    limit_cache(tmp_path, None)
    assert bound(tmp_path) == 1_000_000


def test_no_bound_at_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, *"abc")
    limit_cache(tmp_path, None)
    assert (there(tmp_path), bound(tmp_path)) == ("abc", None)
    before = (tmp_path / "a.npz").stat().st_mtime_ns
    cached(tmp_path / "a.npz", made)
    assert (tmp_path / "a.npz").stat().st_mtime_ns == before
    (tmp_path / ".most_bytes").write_text("many")
    limit_cache(tmp_path, None)
    assert bound(tmp_path) is None
    with pytest.raises(InputError):
        limit_cache(tmp_path / "a.npz" / "below", 1.0)


def test_files_that_went_are_made_again_without_a_word(tmp_path: Path, caplog) -> None:
    limit_cache(tmp_path, 1.0)
    with caplog.at_level("INFO"):
        caplog.clear()
        cached(tmp_path / "gone.npz", made)
        assert not caplog.records
        (tmp_path / "bad.npz").write_bytes(b"no archive")
        cached(tmp_path / "bad.npz", made)
    assert "bad.npz: made again" in caplog.text
