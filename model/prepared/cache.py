"""Where prepared models are kept, and under which name: a folder of the user's own.

Not beside the checkpoint: a folder that came from elsewhere could bring a prepared model of its
own making, and what is prepared is not read as cautiously as a checkpoint.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Sequence
from pathlib import Path

from model.adapter import Adapter
from model.hub import model_file
from params.files import content_digest, sweep
from params.user_cache import is_own, user_cache

KEPT = 8  # models; older ones are removed
_LETTERS = 32  # of a digest, in a file name
_NAME = re.compile(rf"model-[0-9a-f]{{{_LETTERS}}}\.safetensors")
# What makes a prepared model, and what runs it.
_MAKERS = ("torch", "timm", "onnx", "opencv-python-headless")


def prepared_path(checkpoint: Path, adapters: Sequence[Adapter], force: bool) -> Path | None:
    """Where the prepared form of a checkpoint with these adapters is, or is to be.

    The name is a digest of the files' contents, the weights, the sources here, and the versions of
    what makes and runs it: what was made of anything else is not found. None: there is no folder.

    force: whether adapters of another base are taken, for which others get an error.

    Raises:
        InputError: a file cannot be had.
    """
    folder = user_cache()
    if folder is None:
        return None
    facts = [
        [force, _sources(), *map(_version, _MAKERS)],
        content_digest(model_file(checkpoint)),
        *([content_digest(model_file(one.path)), one.weight] for one in adapters),
    ]
    name = hashlib.blake2b(json.dumps(facts).encode()).hexdigest()[:_LETTERS]
    return folder / f"model-{name}.safetensors"


def remove_old() -> None:
    """Leave the models that were used last; of the rest of the folder nothing is touched."""
    folder = user_cache()
    with contextlib.suppress(OSError):
        if folder is None or not is_own(folder):
            return
        sweep(folder)
        files = [file for file in folder.iterdir() if _NAME.fullmatch(file.name)]
        for file in sorted(files, key=lambda file: -file.stat().st_mtime)[KEPT:]:
            file.unlink()


@functools.cache
def _sources() -> str:
    """A digest of the code that makes a model of a checkpoint, and prepares it."""
    rooms = Path(__file__).parent, Path(__file__).parents[1]
    files = sorted(file for room in rooms for file in room.glob("*.py"))
    return hashlib.blake2b(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _version(package: str) -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return "none"
