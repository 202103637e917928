"""An edit as a .cube file: a 3D look-up table for other programs.

Format: Adobe's Cube LUT specification 1.0.
"""

from pathlib import Path

import numpy as np

from imaging.color import (
    PROPHOTO_TO_SRGB,
    apply_matrix,
    romm_decode,
    romm_encode,
    srgb_decode,
    srgb_encode,
)
from model.render import render
from params.edit_process import edit_process
from params.files import write_text
from params.record import Record

POINTS = 33
SPACES = {
    "srgb": "sRGB (IEC 61966-2-1)",
    "prophoto": "ProPhoto RGB with the ROMM curve (gamma 1.8)",
}


def edit_table(record: Record, space: str, points: int = POINTS) -> np.ndarray:
    """The edit of a colour grid: points x points x points x 3 float32, encoded, in 0..1.

    The first axis is blue and the third red, as a .cube lists them. Where a process has local
    sliders they are held at 0, and centred masks take the means of the grid itself.
    """
    axis = np.linspace(0.0, 1.0, points, dtype=np.float32)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    grid = np.stack([red, green, blue], axis=-1).reshape(points, points * points, 3)
    params = {**record.params, **dict.fromkeys(edit_process(record.process).local_sliders, 0.0)}
    if space == "srgb":
        linear = apply_matrix(srgb_decode(grid), np.linalg.inv(PROPHOTO_TO_SRGB))
    elif space == "prophoto":
        linear = romm_decode(grid)
    else:
        raise ValueError(f"space is {space!r}, not one of {', '.join(SPACES)}")
    edited = render(linear.clip(0.0, None), params, process=record.process, masks=record.masks)
    if space == "srgb":
        edited = srgb_encode(apply_matrix(edited, PROPHOTO_TO_SRGB).clip(0.0, 1.0))
    else:
        edited = romm_encode(edited)
    return edited.reshape(points, points, points, 3).clip(0.0, 1.0)


def write_cube(path: Path, record: Record, space: str = "srgb", title: str = "") -> None:
    """Write the edit as a 33-point .cube. Raises InputError when the folder refuses."""
    local = edit_process(record.process).local_sliders
    title = "".join(c for c in title if c.isprintable() and c != '"')
    held = f"Left out, because they look at a pixel's surroundings: {', '.join(local)}."
    lines = [
        f'TITLE "{title}"',
        f"# Input and output: {SPACES[space]}, 0 to 1.",
        "# Made for the RAW as Auto ACR decodes it: white balance as shot, no tone curve,",
        "# 1.0 where the sensor clips; files in preview/ look like that. A picture which a",
        "# camera or Camera Raw has developed already comes out wrong.",
        f"# The edit's global part (edit process {record.process}), between the grid's points by",
        "# interpolation. What lies outside the space or above 1.0 is clipped before the edit.",
        *([f"# {held}"] if local else []),
        f"LUT_3D_SIZE {POINTS}",
        "DOMAIN_MIN 0.0 0.0 0.0",
        "DOMAIN_MAX 1.0 1.0 1.0",
        *(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in edit_table(record, space).reshape(-1, 3)),
    ]
    write_text(path, "\n".join(lines) + "\n")
