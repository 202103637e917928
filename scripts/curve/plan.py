"""What a learning curve is of: its set, its draws, and the files of its folder.

All that training needs lies in the folder under names relative to it, so that the folder may be
moved: `packed` makes a small one, which holds previews and parameter files, and no RAW files.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dataset.manifest import Entry, read_manifest, write_manifest
from params.files import InputError, read_json, write_text

# Held-out pictures of each source: more of one say little more.
HELD_OUT_EACH = 4
_SETTINGS = "settings.json"


@dataclass(frozen=True)
class Plan:
    """What decides the figures: a folder holds one choice of it."""

    styles: tuple[str, ...]
    sizes: tuple[int, ...]
    draws: int
    pictures: int
    backbone: str
    image_size: int
    base_epochs: int
    epochs: int | None
    seed: int

    def check(self, folder: Path) -> None:
        """Write it into the folder. Raises InputError where another one is there."""
        path = folder / _SETTINGS
        own = json.loads(json.dumps(asdict(self)))
        if path.is_file() and read_json(path) != own:
            raise InputError(f"{path}: of a curve with other settings; choose another --output")
        write_text(path, json.dumps(own, indent=2) + "\n")


@dataclass(frozen=True)
class StyleSet:
    """One style's pictures: those to draw from, and those to judge on."""

    style: str
    pool: list[Entry]
    held_out: list[Entry]
    others: list[Entry]  # the training pictures of the other styles

    def drawn(self, plan: Plan, size: int, draw: int) -> list[Entry]:
        """The pictures of a draw; a larger size holds those of a smaller one."""
        order = np.random.default_rng([plan.seed, draw]).permutation(len(self.pool))
        return [self.pool[i] for i in order[:size]]


def manifest_of(folder: Path) -> Path:
    return folder / "set" / "dataset_manifest.jsonl"


def style_set(plan: Plan, folder: Path, style: str) -> StyleSet:
    """The pictures of a style. Raises InputError: the set has too few."""
    entries = read_manifest(manifest_of(folder))
    own = [entry for entry in entries if entry.fields["expert"] == style]
    pool = [entry for entry in own if entry.split == "training"]
    if max(plan.sizes) > len(pool):
        raise InputError(f"--pairs {max(plan.sizes)}: the set has {len(pool)}; try more --pictures")
    held_out: dict[str, list[Entry]] = {}
    for entry in own:
        if entry.split != "training":
            held_out.setdefault(entry.fields["source"], []).append(entry)
    others = [e for e in entries if e.fields["expert"] != style and e.split == "training"]
    return StyleSet(
        style, pool, [e for same in held_out.values() for e in same[:HELD_OUT_EACH]], others
    )


def pack(plan: Plan, folder: Path, target: Path) -> None:
    """A folder of the same plan that rows which see previews can be predicted in.

    Raises:
        InputError: a preview cannot be read, or the target cannot be written.
    """
    from PIL import Image

    from imaging.preview import read_preview

    plan.check(target)
    there = manifest_of(target).parent
    packed: dict[str, Entry] = {}
    for entry in read_manifest(manifest_of(folder)):
        fields: dict[str, Any] = dict(entry.fields)
        data, preview = entry.path("data"), entry.path("preview")
        fields |= {"raw": f"raw/{entry.id}.dng", "tif": None}
        fields |= {"data": f"data/{data.name}", "preview": f"preview/{entry.id}.png"}
        new = Entry(fields, there.resolve())
        packed[" ".join(new.key)] = new
        small = there / fields["preview"]
        if not small.is_file():
            small.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(read_preview(preview))
            picture.thumbnail((2 * plan.image_size, 2 * plan.image_size))
            picture.save(small)
        (there / "data").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data, there / fields["data"])
    write_manifest(manifest_of(target), packed.values())
