"""A small data set in FiveK's shape, from simulated photographs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulated import EDIT, write_pair

# As FiveK's names are: 29 of its 5000 hold spaces or parentheses.
NAMES = ("a0001-jmac_DSC1459", "a0002-IMG 0042 (2)", "a0003-_DGW0251")
CAMERAS = (("Nikon", "D70"), ("Canon", "EOS-1D Mark II"), ("Nikon", "D70"))
EDITS: Mapping[str, dict[str, Any]] = {
    "a": EDIT | {"Exposure2012": -0.3, "Temperature": 7400.0},
    "c": EDIT,
}


def info(name: str, camera: tuple[str, str], base_url: str) -> dict[str, Any]:
    """What a split file says of a picture."""
    quoted = name.replace(" ", "%20")
    return {
        "urls": {
            "dng": f"{base_url}/dng/{quoted}.dng",
            "tiff16": {e: f"{base_url}/tiff16_{e}/{quoted}.tif" for e in "abcde"},
        },
        "categories": {"location": "outdoor", "time": "day", "light": "sun_sky"},
        "id": int(name[1:5]),
        "license": "AdobeMIT",
        "camera": {"make": camera[0], "model": camera[1]},
    }


def raw_of(root: Path, index: int) -> Path:
    """Where picture `index` of NAMES lies."""
    return root / "raw" / "_".join(CAMERAS[index]).replace(" ", "_") / f"{NAMES[index]}.dng"


def tif_of(root: Path, index: int, expert: str = "c") -> Path:
    return root / "processed" / f"tiff16_{expert}" / f"{NAMES[index]}.tif"


def write_split(path: Path, count: int = 3, base_url: str = "http://localhost/img") -> None:
    """A split file with the first `count` of NAMES."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {NAMES[i]: info(NAMES[i], CAMERAS[i], base_url) for i in range(count)}
    path.write_text(json.dumps(said, indent=4))


def write_tree(root: Path, count: int = 3, experts: str = "c") -> None:
    """FiveK with the first `count` of NAMES, all in training.json."""
    for i in range(count):
        for expert in experts:
            write_pair(raw_of(root, i), tif_of(root, i, expert), i, EDITS[expert])
    write_split(root / "training.json", count)
