import os
import stat

import pytest

from params.file_attributes import copy_attributes
from params.files import replacing, write_text


def test_what_is_replaced_keeps_what_it_had(tmp_path):
    path = tmp_path / "a.xmp"
    path.write_text("old")
    path.chmod(0o640)
    os.utime(path, (1e9, 1e9))
    tags = hasattr(os, "setxattr")
    if tags:
        try:
            os.setxattr(path, "user.tags", b"Red")
        except OSError:
            tags = False
    with replacing(path, like_old=True) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_mtime > 1e9 + 1
    if tags:
        assert os.getxattr(path, "user.tags") == b"Red"


@pytest.mark.parametrize("mode", [0o400, 0o444, 0o600, 0o755])
def test_modes(tmp_path, mode):
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    new.touch()
    old.chmod(mode)
    copy_attributes(old, new)
    assert stat.S_IMODE(new.stat().st_mode) == mode


def test_the_owner_where_it_is_permitted(tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    new.touch()
    if os.name != "nt" and os.geteuid() == 0:
        os.chown(old, 1234, 2345)
        copy_attributes(old, new)
        assert (new.stat().st_uid, new.stat().st_gid) == (1234, 2345)
    old.chmod(0o600)

    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr("os.chown", refuse, raising=False)
    monkeypatch.setattr("os.listxattr", refuse, raising=False)
    copy_attributes(old, new)
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_nothing_there_before(tmp_path):
    with replacing(tmp_path / "sub" / "a", like_old=True) as temporary:
        temporary.write_text("new")
    copy_attributes(tmp_path / "none", tmp_path / "none either")
    write_text(tmp_path / "b", "plain")
    assert (tmp_path / "sub" / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
