"""What --input means, and names of results that do not collide."""

import os
import unicodedata
from pathlib import Path

import pytest

from params.files import InputError
from stages.predict.find_raws import find_raws, read_list, result_names
from stages.predict.result_paths import ResultPaths


def touch(root: Path, *names: str) -> list[Path]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return [root / name for name in names]


def test_names_do_not_collide(tmp_path: Path) -> None:
    raws = touch(
        tmp_path,
        "a.dng",
        "a.arw",
        "b.dng",
        "day 1/c.dng",
        "day 2/c.dng",
        "d.1.dng",
        "d.2.dng",
        "E.nef",
        "e.dng",
    )
    names = result_names(raws, tmp_path)
    found = {raw.relative_to(tmp_path).as_posix(): name.as_posix() for raw, name in names.items()}
    assert found == {
        "a.dng": "a.dng",
        "a.arw": "a.arw",
        "b.dng": "b",
        "day 1/c.dng": "day 1/c",
        "day 2/c.dng": "day 2/c",
        "d.1.dng": "d.1",
        "d.2.dng": "d.2",
        "E.nef": "E.nef",
        "e.dng": "e.dng",  # one file on a disk that takes them for equal
    }
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
    assert list(result_names([raw], raw.parent).values()) == [Path("a")]


def found(*given: object, **how: bool) -> dict[str, str]:
    """RAW file's name -> its results' name."""
    sources = find_raws([str(word) for word in given], **how)
    names = result_names(sources.raws, sources.base)
    return {raw.name: name.as_posix() for raw, name in names.items()}


def test_a_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    touch(tmp_path, "a.DNG", "b.nef", "sub/c.cr2", "sub/deep/d.ARW", "e.jpg", ".hidden.dng")
    with caplog.at_level("INFO"):
        assert found(tmp_path, batch=True) == {"a.DNG": "a", "b.nef": "b"}
    assert "subfolders not looked into: 1 (--recursive" in caplog.text
    everything = {"a.DNG": "a", "b.nef": "b", "c.cr2": "sub/c", "d.ARW": "sub/deep/d"}
    assert found(tmp_path, recursive=True) == everything
    assert found(tmp_path, batch=True, recursive=True) == everything


def test_files(tmp_path: Path) -> None:
    """Named below the folder that holds them all: no two of one stem meet."""
    first, second, _ = touch(tmp_path, "day 1/a.dng", "day 2/a.dng", "day 1/a.jpg")
    assert found(first) == found(first, batch=True) == {"a.dng": "a"}
    sources = find_raws([str(first), str(second), str(first)])
    assert sources.raws == [first, second]
    names = result_names(sources.raws, sources.base)
    assert [name.as_posix() for name in names.values()] == ["day 1/a", "day 2/a"]


def test_files_and_folders_together(tmp_path: Path) -> None:
    touch(tmp_path, "one/a.dng", "two/b.dng", "c.dng")
    given = [tmp_path / "one", tmp_path / "two", tmp_path / "c.dng"]
    assert found(*given, batch=True) == {"a.dng": "one/a", "b.dng": "two/b", "c.dng": "c"}


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "x/a.dng", "y/b.dng")
    monkeypatch.chdir(tmp_path / "x")
    assert found("a.dng", "../y/b.dng") == {"a.dng": "x/a", "b.dng": "y/b"}
    assert found("*.dng") == {"a.dng": "a"}
    # A pattern that climbs must not lead out of the output folder.
    assert found("../*/../y/*.dng") == {"b.dng": "y/b"}
    assert find_raws(["a.dng"]).raws == [Path("a.dng")]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.nef", {"a.nef": "a", "b.NEF": "b"}),
        ("*", {"a.nef": "a", "b.NEF": "b", "[c].dng": "[c]"}),
        ("day?/*.cr2", {"d.cr2": "day1/d", "e.CR2": "day2/e"}),
        ("**/*.cr2", {"d.cr2": "day1/d", "e.CR2": "day2/e"}),
        ("day1/[!x]*", {"d.cr2": "d"}),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, names: dict[str, str]) -> None:
    touch(
        tmp_path,
        "a.nef",
        "b.NEF",
        "a.jpg",
        "[c].dng",
        ".h.nef",
        "day1/d.cr2",
        "day2/e.CR2",
        "day1/x.cr2.xmp",
    )
    assert found(tmp_path / pattern) == names


def test_a_pattern_takes_folders_with_batch(tmp_path: Path) -> None:
    touch(tmp_path, "day1/a.nef", "day2/b.nef", "day2/deep/c.nef", "other/d.nef")
    with pytest.raises(InputError, match=r"day\*: no RAW file matches"):
        found(tmp_path / "day*")
    assert found(tmp_path / "day*", batch=True) == {"a.nef": "day1/a", "b.nef": "day2/b"}
    assert set(found(tmp_path / "day*", recursive=True)) == {"a.nef", "b.nef", "c.nef"}


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].dng", "@list.dng")
    assert found(tmp_path / "a[1].dng") == {"a[1].dng": "a[1]"}


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\0"])
def test_lists(tmp_path: Path, separator: bytes) -> None:
    raws = touch(tmp_path, "one/a b.dng", "two/ä.nef", "three/c.arw")
    paths = [os.fsencode(raws[0]), os.fsencode(raws[1]), b"", os.fsencode(tmp_path / "three")]
    (tmp_path / "list").write_bytes(separator.join(paths) + separator)
    names = found(f"@{tmp_path / 'list'}", batch=True)
    assert names == {"a b.dng": "one/a b", "ä.nef": "two/ä", "c.arw": "three/c"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_lists(tmp_path: Path, encoding: str) -> None:
    """PowerShell writes UTF-16, Notepad a byte order mark."""
    (tmp_path / "list").write_text("ä.dng\nb.dng\n", encoding=encoding)
    assert read_list(tmp_path / "list") == ["ä.dng", "b.dng"]


def test_lists_hold_names_that_are_not_text(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"caf\xe9.dng\n")
    assert read_list(tmp_path / "list") == [os.fsdecode(b"caf\xe9.dng")]


def test_bad_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").write_text("\n\n")
    (tmp_path / "cut").write_bytes(b"\xff\xfea")
    for name, reason in (("none", "No such file"), ("empty", "empty list"), ("cut", "not a list")):
        with pytest.raises(InputError, match=reason) as caught:
            find_raws([f"@{tmp_path / name}"])
        assert str(caught.value).startswith(str(tmp_path / name))
    monkeypatch.setattr("stages.predict.find_raws._LIST_LIMIT", 5)
    (tmp_path / "large").write_text("a.dng\nb.dng\n")
    with pytest.raises(InputError, match="larger than"):
        read_list(tmp_path / "large")


def test_nothing_that_can_be_done(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.nef")
    (tmp_path / "empty").mkdir()
    for path, batch, reason in (
        (tmp_path, False, "add --batch"),
        (tmp_path, True, "no RAW files in it; .*--recursive"),
        (tmp_path / "empty", True, "no RAW files in it$"),
        (tmp_path / "none.dng", False, "no such file"),
        (tmp_path / "*.cr2", False, "no RAW file matches"),
        (tmp_path / "**.cr2", False, "not a pattern"),
        (tmp_path / "a\0b.dng", False, "no such file"),
        (tmp_path / ("a" * 300 + ".dng"), False, "no such file"),
    ):
        with pytest.raises(InputError, match=reason) as caught:
            find_raws([str(path)], batch=batch)
        assert str(caught.value).startswith(f"{path}")


def test_what_is_wrong_beside_good_inputs_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A missing file stays in the batch, where it fails by its name."""
    good, jpeg, _ = touch(tmp_path, "a.dng", "a.jpg", "folder/b.dng")
    missing = tmp_path / "gone.dng"
    given = [good, jpeg, missing, tmp_path / "folder", tmp_path / "*.x3f", "@nowhere"]
    sources = find_raws(given)
    assert sources.raws == [good, missing]
    errors = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert [("add --batch" in e, "no RAW file matches" in e, "nowhere" in e) for e in errors] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert "a.jpg: left out: not a RAW file" in caplog.text


def test_a_missing_file_does_not_move_the_others(tmp_path: Path) -> None:
    """One slip in a list, and all results would be looked for elsewhere."""
    touch(tmp_path, "shoot/1/a.dng", "shoot/2/b.dng")
    given = [tmp_path / "shoot/1/a.dng", tmp_path / "shoot/2/b.dng", tmp_path / "shot/2/c.dng"]
    names = found(*given)
    assert (names["a.dng"], names["b.dng"]) == ("1/a", "2/b")
    assert names["c.dng"] == (tmp_path / "shot" / "2" / "c").relative_to("/").as_posix()


def test_one_file_is_taken_at_its_word(tmp_path: Path) -> None:
    [odd] = touch(tmp_path, "scan.tiff")
    assert find_raws([str(odd)]).raws == [odd]


def test_links_that_lead_to_themselves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raws = touch(tmp_path, "a.dng", "z.dng", "sub/b.dng")
    (tmp_path / "loop.dng").symlink_to(tmp_path / "loop.dng")
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert set(found(tmp_path, recursive=True)) == {raw.name for raw in raws}
    assert len(caplog.records) == 1
    assert "loop.dng: left out: Too many levels" in caplog.text
    assert set(found(tmp_path / "**" / "*.dng")) == {raw.name for raw in raws}


def test_a_linked_file_and_a_linked_folder_given_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.dng")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert found(tmp_path / "link", batch=True) == {"a.dng": "a"}


def test_letters_of_another_system(tmp_path: Path) -> None:
    """A list from macOS names composed letters; results must not meet on a disk that folds."""
    composed, decomposed = (unicodedata.normalize(form, "Müller") for form in ("NFC", "NFD"))
    there = tmp_path / f"{decomposed}.NEF"
    there.touch()
    (tmp_path / "list").write_text(str(tmp_path / f"{composed}.nef"))
    found = find_raws([f"@{tmp_path / 'list'}"])
    assert found.raws[0].samefile(there)
    names = result_names([tmp_path / f"{composed}.nef", tmp_path / f"{decomposed}.dng"], tmp_path)
    assert [str(name) for name in names.values()] == [f"{composed}.nef", f"{decomposed}.dng"]
