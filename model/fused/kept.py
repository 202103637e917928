"""What the kernel's folder keeps: libraries by their content, and what the compiler refused.

Several processes may use one folder, and several machines one home: what is not used any more goes
when it is old, not when there is something newer.
"""

import contextlib
import logging
import time
from pathlib import Path

from params.files import InputError, content_digest, read_bytes, write_text
from params.user_cache import is_own

log = logging.getLogger(__name__)

LETTERS = 16  # of a digest, in a file's name
_DAY = 86400.0
# Libraries that stay, however old they are; days until an older one goes, and until a compiler
# that failed is tried again.
_STAY, _DAYS, _DAYS_REFUSED = 4, 30, 1
_MOST_BYTES = 1 << 12


def kept_library(folder: Path, name: str) -> Path | None:
    """The kernel of that name in a folder; None where there is none that is whole and the user's.

    Loading one that was cut short could end this process.
    """
    with contextlib.suppress(OSError, InputError):
        if not is_own(folder):
            return None
        for path in sorted(folder.glob(f"{name}-*.so")):
            if is_own(path) and path.stem == f"{name}-{content_digest(path)[:LETTERS]}":
                if _days(path) > 1.0:
                    with contextlib.suppress(OSError):
                        path.touch()  # it is used
                return path
    return None


def refusal(folder: Path, name: str) -> str | None:
    """Why the kernel of that name could not be compiled lately; None where nothing is known."""
    path = folder / f"{name}.refused"
    with contextlib.suppress(OSError, InputError, ValueError):
        if is_own(folder) and is_own(path) and abs(_days(path)) < _DAYS_REFUSED:
            return read_bytes(path, _MOST_BYTES).decode()
    return None


def keep_refusal(folder: Path, name: str, reason: str) -> None:
    """Note why the kernel of that name could not be compiled, where the folder can be written."""
    with contextlib.suppress(InputError):
        write_text(folder / f"{name}.refused", reason[: _MOST_BYTES // 4])


def forget_refusal(folder: Path, name: str) -> None:
    """Have the compiler tried again."""
    with contextlib.suppress(OSError):
        (folder / f"{name}.refused").unlink(missing_ok=True)


def clear_away(folder: Path) -> None:
    """Remove what has not been used for long. What another process holds stays usable for it."""
    with contextlib.suppress(OSError):
        libraries = sorted(folder.glob("kernel-*.so"), key=_days)
        old = [path for path in libraries[_STAY:] if _days(path) > _DAYS]
        old += [path for path in folder.glob("kernel-*.refused") if _days(path) > _DAYS]
        for path in old:
            with contextlib.suppress(OSError):  # another was quicker; or it is open, on Windows
                path.unlink()
                log.debug("%s: not used for %d days, removed", path, _DAYS)


def _days(path: Path) -> float:
    """Since it was last used. Raises OSError where it is gone."""
    return (time.time() - path.stat().st_mtime) / _DAY
