import os

import pytest

from params import files


def test_replacing_writes_the_whole_file_or_none(tmp_path):
    path = tmp_path / "sub folder" / "ünï 'x'.json"
    files.write_text(path, "one")
    assert path.read_text() == "one"
    assert [p.name for p in path.parent.iterdir()] == [path.name]

    def half_written():
        with files.replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        half_written()
    assert path.read_text() == "one"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_write_cut_short_without_a_reason(tmp_path):
    """As NumPy puts it on a full disk."""
    with (
        pytest.raises(files.InputError, match=r"written: 9 requested and 5 written \(is the disk"),
        files.replacing(tmp_path / "a.tif"),
    ):
        raise OSError("9 requested and 5 written")
    assert list(tmp_path.iterdir()) == []


def test_replacing_keeps_the_suffix(tmp_path):
    with files.replacing(tmp_path / "a.tif") as temporary:
        assert temporary.suffix == ".tif"
        assert temporary.parent == tmp_path
        temporary.write_bytes(b"x")


@pytest.mark.parametrize("stem", ["n" * 240, "写" * 80], ids=["ascii", "three bytes each"])
def test_long_names(tmp_path, stem):
    path = tmp_path / f"{stem}.json"
    files.write_text(path, "x")
    assert path.read_text() == "x"


def test_a_hidden_file_beside_one_of_a_long_name(tmp_path):
    assert files.hidden_beside(tmp_path / "a b.xmp", "lock") == tmp_path / ".a b.xmp.lock"
    long = [tmp_path / f"{'写' * 82}{n}.xmp" for n in range(2)]
    hidden = {files.hidden_beside(path, kind) for path in long for kind in ("lock", "begun")}
    assert len(hidden) == 4
    for path in hidden:
        path.touch()
        assert path.name.startswith(".")


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(files.InputError, match="cannot be written"):
        files.write_text(tmp_path / "file" / "a.json", "x")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_read_only_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(files.InputError, match="cannot be written"):
        files.write_text(tmp_path / "a.json", "x")


def test_read_json(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": [1, 2.5]}')
    assert files.read_json(path) == {"a": [1, 2.5]}


def test_read_json_of_a_folder(tmp_path):
    with pytest.raises(files.InputError, match="directory"):
        files.read_json(tmp_path)


def test_repo_root_holds_the_project():
    assert (files.REPO_ROOT / "params" / "files.py").is_file()


def test_what_killed_processes_left_is_swept(tmp_path, monkeypatch):
    """Of this machine at once; of others, which may be writing there, after a day."""
    with files.replacing(tmp_path / "mine.npz") as temporary:
        temporary.touch()
        own = temporary.name
        files.sweep(tmp_path)
        assert temporary.exists()
    dead = own.replace(f".{os.getpid()}.part", ".999999999.part")
    other = dead.replace(files._this_machine(), "0" * 8)
    old = other.replace("mine", "old")
    for name in (dead, other, old, ".a.part", ".hidden", "a.part"):
        (tmp_path / name).touch()
    os.utime(tmp_path / old, (1e9, 1e9))
    files.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("mine.npz", other, ".a.part", ".hidden", "a.part")
    }
