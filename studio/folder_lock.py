"""One studio a folder: the second one is refused at once, not kept waiting."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from params.files import InputError
from params.lock import held_at_once


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other studios out of a folder, until this process ends, however that does.

    Raises:
        InputError: another one has it, or the folder refuses.
    """
    with held_at_once(folder / "studio") as owner:
        if owner is not None:
            who = f"process {owner}" if owner else "another process"
            raise InputError(
                f"{os.fspath(folder.parent)}: a studio is open on it already ({who}); "
                "close that one, or choose another --output"
            )
        yield
