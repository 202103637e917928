"""Where prepared models are kept, and under which name: a folder of the user's own.

Not beside the checkpoint: a folder that came from elsewhere could bring a prepared model of its
own making, and what is prepared is not read as cautiously as a checkpoint.
"""

import contextlib
import hashlib
import importlib.metadata
import json
from collections.abc import Sequence
from pathlib import Path

from model.adapter import Adapter
from model.hub import model_file
from params.files import content_digest
from params.user_cache import user_cache

KEPT = 8  # models; older ones are removed
_FORM = 1  # of the files; a number more, and all are made anew
_LETTERS = 32  # of a digest, in a file name
# What makes a prepared model, and what runs it.
_MAKERS = ("torch", "timm", "onnx", "opencv-python-headless")


def prepared_path(checkpoint: Path, adapters: Sequence[Adapter], force: bool) -> Path:
    """Where the prepared form of a checkpoint with these adapters is, or is to be.

    The name is a digest of the files' contents, the weights, and the versions of what makes
    and runs it: what was made of anything else is not found.

    force: whether adapters of another base are taken, for which others get an error.

    Raises:
        InputError: a file cannot be had.
    """
    facts = [
        [_FORM, force, *map(_version, _MAKERS)],
        content_digest(model_file(checkpoint)),
        *([content_digest(model_file(one.path)), one.weight] for one in adapters),
    ]
    name = hashlib.blake2b(json.dumps(facts).encode()).hexdigest()[:_LETTERS]
    return user_cache() / f"{name}.safetensors"


def remove_old() -> None:
    """Leave the models that were used last."""
    with contextlib.suppress(OSError):
        files = sorted(user_cache().glob("*.safetensors"), key=lambda file: -file.stat().st_mtime)
        for file in files[KEPT:]:
            file.unlink()


def _version(package: str) -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return "none"
