"""MIT-Adobe FiveK: its split files."""

import logging
from pathlib import Path

from params.files import InputError, read_json

log = logging.getLogger(__name__)

SPLITS = ("training", "validation", "testing", "debugging")


def split_names(root: Path, split: str) -> set[str] | None:
    """The basenames in <root>/<split>.json, a dictionary keyed by them or a list of them.

    None when there is no such file: then every picture counts, and a warning says so.

    Raises:
        InputError: the file is there and is neither.
    """
    path = root / f"{split}.json"
    if not path.exists():
        log.warning("%s: no split file; every pair found counts as %s", path, split)
        return None
    content = read_json(path)
    if isinstance(content, dict | list) and all(isinstance(name, str) for name in content):
        return set(content)
    raise InputError(f"{path}: neither a dictionary nor a list of basenames")
