"""Where the directories of a TIFF say that its image data lie. DNGs and many RAWs are TIFFs."""

import itertools
from typing import Any

import numpy as np

from imaging.metadata import ORIENTATION

MOSAIC, LINEAR_RAW = 32803, 34892  # PhotometricInterpretation
_RGB, _YCBCR = 2, 6
_UNKNOWN = 0xFFFFFFFF  # Panasonic's offset in the place of one that is in a tag of its own
# A directory's size may differ by so much from that which LibRaw makes of it.
_ABOUT = 0.02
# Makers whose byte counts are none.
_WITHOUT_COUNTS = ("hasselblad",)
DNG_VERSION = 50706


def all_pages(file: Any) -> list[Any]:
    """The pages of a tifffile.TiffFile, each followed by those of its sub-directories."""
    return [page for top in list(file.pages) for page in (top, *(top.pages or ()))]


def full_picture(file: Any) -> Any:
    """The page of a tifffile.TiffFile that holds its picture: the first, or where that is a
    thumbnail or a mask by its NewSubfileType or SubfileType the first that is neither.
    """
    first = file.pages.first
    if not (first.is_reduced or first.is_mask):
        return first
    others = itertools.islice(all_pages(file), 1, None)
    return next((page for page in others if not (page.is_reduced or page.is_mask)), first)


def orientation_of(page: Any, first: Any) -> int:
    """A page's EXIF orientation, 1..8; the first page speaks for one that says none."""
    code = page.tags.valueof(ORIENTATION, first.tags.valueof(ORIENTATION, 1))
    return code if code in range(1, 9) else 1


def data_end(page: Any, counts: bool = True) -> int:
    """The offset behind a tifffile page's image data: beyond the file's size when it is cut short.

    0 for a page without image data.

    Args:
        counts: whether the page's byte counts are to be believed.
    """
    pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
    return max((start + count * counts for start, count in pieces if start != _UNKNOWN), default=0)


def raw_page(file: Any, height: int, width: int) -> Any | None:
    """The page of a DNG that holds the sensor's picture of this size; None where there is none."""
    found = [
        page
        for page in all_pages(file)
        if int(page.photometric) in (MOSAIC, LINEAR_RAW)
        and not page.subfiletype
        and (page.imagelength, page.imagewidth) == (height, width)
    ]
    return min(found, key=lambda page: int(page.photometric), default=None)


def decoded_pages(file: Any, height: int, width: int) -> list[Any]:
    """The pages that LibRaw may have to decode for a picture of this size.

    Not previews, masks or enhanced copies: what is wrong with these costs the picture nothing.
    """
    mains = [
        page
        for page in all_pages(file)
        if not page.subfiletype and int(page.photometric) not in (_RGB, _YCBCR)
    ]
    same = [page for page in mains if _is_about(page, height, width)]
    sensor = [page for page in same if int(page.photometric) == MOSAIC]
    unsized = [page for page in mains if not page.imagewidth and page.dataoffsets]
    others = [page for page in mains if int(page.photometric) in (MOSAIC, LINEAR_RAW)]
    return sensor or same or unsized or others


def believes_counts(file: Any) -> bool:
    """Whether a TIFF's byte counts are those of its image data."""
    first = file.pages.first
    make = str(first.tags["Make"].value if "Make" in first.tags else "").lower()
    return DNG_VERSION in first.tags or not make.startswith(_WITHOUT_COUNTS)


def tag_numbers(tag: Any) -> np.ndarray:
    """A tifffile tag's numbers, float64 [N], rationals divided out: infinite or NaN over 0.

    Raises:
        TypeError, ValueError: its value is none.
    """
    values = np.atleast_1d(np.asarray(tag.value, dtype=np.float64))
    if tag.dtype.name in ("RATIONAL", "SRATIONAL"):
        with np.errstate(divide="ignore", invalid="ignore"):
            values = values[0::2] / values[1::2]
    return values


def _is_about(page: Any, height: int, width: int) -> bool:
    return (
        abs(page.imagelength - height) <= _ABOUT * height
        and abs(page.imagewidth - width) <= _ABOUT * width
    )
