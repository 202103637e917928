"""Pictures in rows with captions, as one PNG; stages.predict.contact_sheet is the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from imaging.jpeg import to_srgb8
from imaging.preview import PREVIEW_LONG_SIDE
from imaging.resize import fit_long_side
from params.files import replacing

if TYPE_CHECKING:
    from PIL.Image import Image

CELL, NARROWEST = 360, 260
CAPTION = 44
_LINE = 19  # of a title
MARGIN = 8
BACKGROUND, TEXT = (32, 32, 32), (230, 230, 230)


def write_grid(
    path: Path,
    rows: Sequence[Sequence[tuple[str, np.ndarray]]],
    *,
    title: str = "",
    long_side: int = CELL,
) -> None:
    """Write a PNG of pictures in rows, each with a caption of one or two lines.

    Args:
        rows: (caption, linear ProPhoto HxWx3) cells; rows may differ in length.
        title: above them, in one line or several.
        long_side: of a picture at most, pixels.

    Raises:
        InputError: the folder cannot be written.
    """
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(15)
    top = 15 + _LINE * len(title.splitlines()) if title else MARGIN
    columns = max(len(row) for row in rows)
    thumbs = [[(caption, _thumbnail(pixels, long_side)) for caption, pixels in row] for row in rows]
    heights = [max(thumb.height for _, thumb in row) for row in thumbs]
    cell = max(NARROWEST, *(thumb.width for row in thumbs for _, thumb in row))
    width = MARGIN + columns * (cell + MARGIN)
    height = top + sum(h + CAPTION for h in heights) + MARGIN
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.multiline_text((MARGIN, MARGIN), title, fill=TEXT, font=font)
    y = top
    for row, row_height in zip(thumbs, heights, strict=True):
        for column, (caption, thumb) in enumerate(row):
            x = MARGIN + column * (cell + MARGIN)
            sheet.paste(thumb, (x, y))
            draw.multiline_text((x, y + thumb.height + 3), caption, fill=TEXT, font=font)
        y += row_height + CAPTION
    with replacing(path) as temporary:
        sheet.save(temporary)


def _thumbnail(pixels: np.ndarray, long_side: int) -> "Image":
    from PIL import Image

    thumb = Image.fromarray(to_srgb8(fit_long_side(pixels, PREVIEW_LONG_SIDE)))
    thumb.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return thumb
