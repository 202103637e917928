"""Opening RAW files by LibRaw, its errors turned into ours."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from params.files import InputError


@contextlib.contextmanager
def open_raw(path: Path) -> Iterator[Any]:
    """Open by LibRaw, as rawpy.RawPy; its errors become InputError, one line each."""
    import rawpy

    if not path.is_file():
        raise InputError(f"{path}: {'a folder' if path.is_dir() else 'no such file'}")
    try:
        # LibRaw takes the name through the C library, which may not know its letters: the
        # bytes are handed over by Python instead.
        with path.open("rb") as file, rawpy.imread(file) as raw:
            yield raw
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except rawpy.LibRawError as error:
        reason = (
            error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else error
        )
        raise InputError(f"{path}: LibRaw cannot read it: {reason}") from error
