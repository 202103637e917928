import os
import unicodedata
from pathlib import Path

import pytest

from params.file_names import Folders, composed, difference, folded, nearest_name

C, D = (unicodedata.normalize(form, "Übung é 가") for form in ("NFC", "NFD"))


def test_folds():
    assert C != D
    assert composed(D) == C
    assert folded(D.upper()) == folded(C)
    assert folded("a.DNG") == "a.dng"
    assert composed("a.DNG") == "a.DNG"
    assert [difference(C, name) for name in (C, D, D.upper(), "x")] == [0, 1, 2, 3]
    # Letters that are no more than like each other stay apart.
    assert folded("a") != folded("à")
    assert folded("ﬁ") != folded("f i")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["b", C, D, C.upper()], C),
        (["b", D, C.upper()], D),
        (["b", D.upper()], D.upper()),
        ([C.upper(), D.upper()], None),  # either could be meant
        (["b"], None),
        ([], None),
    ],
)
def test_the_nearest_name(names, expected):
    assert nearest_name(C, names) == expected


class TestFolders:
    def test_every_part_of_a_path(self, tmp_path):
        there = tmp_path / D / "Trip.2024" / f"{D}.NEF"
        there.parent.mkdir(parents=True)
        there.touch()
        folders = Folders()
        for wanted in (there, tmp_path / C / "trip.2024" / f"{C}.nef"):
            found = folders.find(wanted)
            assert found is not None
            assert found.samefile(there)
        for missing in (
            there.parent,
            there.with_name("b"),
            there / "x",
            Path("a\0b"),
            Path("a" * 999),
        ):
            assert folders.find(missing) is None

    def test_a_folder_that_changes(self, tmp_path):
        folders = Folders()
        old = os.stat(tmp_path).st_mtime - 100
        os.utime(tmp_path, (old, old))
        assert folders.of_stem(tmp_path, "a") == []
        (tmp_path / "A.xmp").touch()
        assert folders.of_stem(tmp_path, "a") == ["A.xmp"]
        (tmp_path / "a.nef").touch()
        assert folders.of_stem(tmp_path, "a") == ["A.xmp", "a.nef"]

    def test_is_read_once(self, tmp_path, monkeypatch):
        (tmp_path / "a.xmp").touch()
        old = os.stat(tmp_path).st_mtime - 100
        os.utime(tmp_path, (old, old))
        folders, reads, listdir = Folders(), [], os.listdir
        monkeypatch.setattr("os.listdir", lambda path: reads.append(path) or listdir(path))
        for _ in range(3):
            assert folders.of_stem(tmp_path, "A") == ["a.xmp"]
        assert len(reads) == 1
