"""The user's own cache folder: what can be made again, and is made by nobody else."""

import contextlib
import os
import stat
from pathlib import Path

VARIABLE = "AUTO_ACR_CACHE"


def user_cache() -> Path | None:
    """$AUTO_ACR_CACHE, else auto_acr in $XDG_CACHE_HOME or ~/.cache. It need not exist.

    None for a user without a home, such as a number that a container was given.
    """
    if own := os.environ.get(VARIABLE):
        return Path(own).absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(cache):
        return Path(cache) / "auto_acr"
    with contextlib.suppress(RuntimeError):
        return Path.home() / ".cache" / "auto_acr"
    return None


def can_keep(folder: Path | None) -> bool:
    """Whether files can be kept in a cache folder, which is made where there is none."""
    if folder is None:
        return False
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError):
        return False
    return is_own(folder) and os.access(folder, os.W_OK | os.X_OK)


def is_own(path: Path) -> bool:
    """Whether a file or folder is there that no other user can have written, root aside.

    What is in a cache is run as it is: another user's could do anything.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: no file's name
        return False
    if not hasattr(os, "getuid"):  # Windows, where a user's folders are his own
        return True
    return status.st_uid in (0, os.getuid()) and not status.st_mode & stat.S_IWOTH
