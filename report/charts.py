"""What the charts that are PNG files share: colours, smooth lines, and how they are saved."""

from pathlib import Path
from typing import TYPE_CHECKING

from params.files import replacing

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SCALE = 2  # drawn larger and shrunk: smooth lines
BACKGROUND, GRID, TEXT = (255, 255, 255), (222, 222, 222), (40, 40, 40)


def new_chart(size: tuple[int, int]) -> "tuple[Image, ImageDraw]":
    """An empty chart of this width and height, SCALE times those of the file, and its pen."""
    from PIL import Image, ImageDraw

    chart = Image.new("RGB", size, BACKGROUND)
    return chart, ImageDraw.Draw(chart)


def save_chart(path: Path, chart: "Image") -> None:
    """Write a chart as PNG. Raises InputError when the folder refuses."""
    from PIL import Image

    size = chart.width // SCALE, chart.height // SCALE
    with replacing(path) as temporary:
        chart.resize(size, Image.Resampling.LANCZOS).save(temporary, format="PNG", optimize=True)
