"""Photographs that never were: scenes, their RAW files and their edits, for the tests."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from dataset.synthetic.write_dng import write_dng
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from model.edit_layer import render
from params.ranges import neutral_params

# Spaces, quotes of three kinds and letters beyond ASCII, for folders and files.
AWKWARD = "Bilder 'ä' \"ß\" ‘日本’"
EDIT: dict[str, Any] = neutral_params() | {
    "Exposure2012": 0.5,
    "Contrast2012": 25.0,
    "Shadows2012": 40.0,
    "Saturation": 15.0,
}


def scene(seed: int, height: int = 160, width: int = 240) -> np.ndarray:
    """HxWx3 float32 linear ProPhoto, 0.02..0.9: coloured blobs of many sizes."""
    import cv2

    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells in (3, 8, 20, 50):
        grid = random.random((max(2, cells * height // width), cells, 3), np.float32)
        # Pale colours: saturated ones lie outside what the simulated camera records.
        grid = 0.7 * grid.mean(axis=2, keepdims=True) + 0.3 * grid
        picture += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return (picture / 4.5 - 0.05).clip(0.02, 0.9)


def write_pair(raw: Path, tif: Path, seed: int, params: dict[str, Any] | None = None) -> None:
    """A simulated RAW file and what `params` (by default EDIT) makes of it."""
    raw.parent.mkdir(parents=True, exist_ok=True)
    write_dng(raw, scene(seed))
    write_tiff(tif, render(read_raw_linear_prophoto(raw), params or EDIT))


def undated(packet: bytes) -> bytes:
    """XMP without the dates that say when it was written."""
    return re.sub(rb'((?:autoacr:|xmp:Metadata)Date=")[^"]*"', rb'\1"', packet)


def leftovers(folder: Path) -> list[Path]:
    """Temporary files that a writer left behind."""
    return [path for path in folder.rglob(".*") if ".part" in path.name]
