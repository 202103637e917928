"""The lines of several manifests as those of one in another folder."""

from collections.abc import Iterable
from pathlib import Path

from dataset.manifest import Entry, moved, read_manifest
from params.files import InputError


def merged(output: Path, manifests: Iterable[Path]) -> list[Entry]:
    """The lines of all, with paths as `output` is to have them.

    Raises:
        InputError: a manifest cannot be read, or two say different things of one picture.
    """
    found: dict[tuple[str, str, str], Entry] = {}
    whose: dict[tuple[str, str, str], Path] = {}
    there = [output] if output.exists() else []
    for manifest in (*there, *manifests):
        for entry in read_manifest(manifest):
            own = Entry(moved(entry), output.resolve().parent)
            other = found.setdefault(own.key, own)
            if other.fields != own.fields:
                id, split, expert = own.key
                raise InputError(
                    f"{manifest} and {whose[own.key]} do not say the same of {id} (split {split}, "
                    f"expert {expert}): nothing is written"
                )
            whose.setdefault(own.key, manifest)
    return list(found.values())
