"""What a file has besides its content, kept when another takes its place."""

import contextlib
import os
import stat
import sys
from pathlib import Path

_COPYFILE_ACL, _COPYFILE_XATTR = 1 << 0, 1 << 2  # copyfile(3) of macOS


def copy_attributes(old: Path, new: Path) -> None:
    """Give a new file the owner, extended attributes (Finder's tags) and mode of an old one.

    What this system or this user may not set is left as it is, and so are the times. Nothing
    is done where there is no old file.
    """
    try:
        found = old.stat()
    except OSError:
        return
    with contextlib.suppress(OSError):  # before the mode: a change of owner clears some of it
        if hasattr(os, "chown") and (found.st_uid, found.st_gid) != _owner(new):
            os.chown(new, found.st_uid, found.st_gid)
    _copy_extended(old, new)
    with contextlib.suppress(OSError):
        new.chmod(stat.S_IMODE(found.st_mode))


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


def _copy_extended(old: Path, new: Path) -> None:
    if sys.platform == "darwin":  # Python has no call for it there
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            copyfile = ctypes.CDLL(None).copyfile
            flags = _COPYFILE_ACL | _COPYFILE_XATTR
            copyfile(os.fsencode(old), os.fsencode(new), None, flags)
    elif hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(old):
                with contextlib.suppress(OSError):
                    os.setxattr(new, name, os.getxattr(old, name))
