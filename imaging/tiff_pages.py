"""Where the directories of a TIFF say that its image data lie. DNGs and many RAWs are TIFFs."""

import itertools
from typing import Any

_ORIENTATION = 274


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
    code = page.tags.valueof(_ORIENTATION, first.tags.valueof(_ORIENTATION, 1))
    return code if code in range(1, 9) else 1


def data_end(page: Any) -> int:
    """The offset behind a tifffile page's image data: beyond the file's size when it is cut short.

    0 for a page without image data.
    """
    pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
    return max((start + count for start, count in pieces), default=0)
