"""Which pictures the studio was given: RAW files, and folders as a whole."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from params.files import InputError
from stages.predict.find_raws import find_raws
from studio.pictures import Picture, is_below

log = logging.getLogger(__name__)


def find_pictures(inputs: Sequence[str | Path], recursive: bool = False) -> list[Picture]:
    """The pictures of these inputs, in the order of folders and names.

    Links that lead out of the folders given are left out, with a warning.

    Raises:
        InputError: there are none.
    """
    sources = find_raws(inputs, batch=True, recursive=recursive)
    folders = [os.path.realpath(p) for p in inputs if os.path.isdir(p)]
    # What was named itself is meant, wherever it leads; what a folder or pattern holds is not.
    named = {os.path.abspath(p) for p in inputs if os.path.lexists(p) and not os.path.isdir(p)}
    named_roots = [os.path.realpath(p) for p in inputs if os.path.abspath(p) in named]
    roots = (*folders, *named_roots, *([] if folders or named_roots else [str(sources.base)]))
    roots = tuple(os.path.realpath(root) for root in roots)
    found, left = [], []
    for raw in sources.raws:
        if not is_below(raw, roots):
            left.append(raw)
            continue
        folder = os.path.relpath(os.path.dirname(os.path.abspath(raw)), sources.base)
        found.append(Picture(raw, _text(raw.name), "" if folder == "." else _text(folder), roots))
    if left:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        log.warning("%s%s: a link that leads out of the folders given; left out", left[0], more)
    if not found:
        raise InputError("no pictures: all lie outside the folders given")
    return sorted(found, key=lambda picture: (picture.folder, picture.name, str(picture.path)))


def _text(name: str) -> str:
    """A file's name as text that JSON can hold, whatever bytes it is of."""
    return os.fsencode(name).decode("utf-8", "replace")
