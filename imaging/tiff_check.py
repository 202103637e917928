"""What a TIFF's header says, held against what can be read and what the file can hold.

All of it before any memory is taken for pixels. A page is a tifffile.TiffPage.
"""

from pathlib import Path
from typing import Any

from imaging.jpeg_size import jpeg_size
from imaging.memory import check_memory
from imaging.metadata import ORIENTATION
from imaging.tiff_pages import data_end
from params.files import InputError

MAX_PIXELS = 400_000_000
_MAX_SAMPLES = 8
# Bytes that a picture may have, and so many times those of its file if it has more: what is packed
# without loss shrinks to a third, and a fiftieth in a JPEG's blocks.
_SMALL, _MOST_PACKED = 256 << 20, 200
_LINEAR_BYTES = 12  # of a pixel in memory
_SEPARATE = 2  # PlanarConfiguration
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, YCBCR = 0, 1, 2, 6
_REFUSED = {3: "palette", 5: "CMYK", 8: "Lab", 9: "Lab", 32803: "undeveloped RAW"}
# Whose decoders give no more than the directory says: JPEG (7) when its own header says so, too.
_COMPRESSIONS = (1, 5, 7, 8, 32773, 32946, 34925, 50000)
JPEG, _JPEG_HEAD, _JPEG_BLOCK = 7, 1 << 16, 16
_BITS = {"uint8": 8, "uint16": 16, "float16": 16, "float32": 32}


def check_plain_rgb16(path: Path, page: Any) -> None:
    """Refuse what a fit can't aim at, by the header."""
    kind = None
    if page.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO):
        kind = "greyscale"
    elif page.samplesperpixel > 3:
        kind = "with an alpha channel"
    elif page.dtype is not None and page.dtype.itemsize == 1:
        kind = "8-bit"
    if kind:
        raise InputError(
            f"{path}: a {kind} TIFF; a fit needs 16-bit RGB without alpha: export it as that"
        )


def check_page(path: Path, page: Any, size: int) -> None:
    """Refuse by the header what cannot be read, before any memory is taken."""
    width, height, samples = page.imagewidth, page.imagelength, page.samplesperpixel
    believable = 0 < width * height <= MAX_PIXELS and 0 < samples <= _MAX_SAMPLES
    if not believable or page.imagedepth != 1:
        raise InputError(f"{path}: {width}x{height} pixels of {samples} samples: not believable")
    if page.is_tiled and page.tilewidth * page.tilelength > MAX_PIXELS:
        raise InputError(f"{path}: tiles of {page.tilewidth}x{page.tilelength}: not believable")
    kind = int(page.photometric)
    if kind not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB) and not (
        kind == YCBCR and int(page.compression) == JPEG  # the JPEG decoder gives RGB
    ):
        raise InputError(f"{path}: {_REFUSED.get(kind, f'photometric {kind}')} is not read")
    if kind in (RGB, YCBCR) and samples < 3:
        raise InputError(f"{path}: RGB with {samples} samples a pixel: damaged TIFF")
    bits = page.bitspersample
    if _BITS.get(str(page.dtype)) != bits:
        raise InputError(f"{path}: {bits} bits a sample ({page.dtype}) is not read")
    if len(page.dataoffsets) != len(page.databytecounts):
        raise InputError(f"{path}: damaged TIFF: its strips' places and lengths do not match")
    if not 0 < data_end(page) <= size or 0 in page.databytecounts:
        raise InputError(f"{path}: the file is cut short")
    wanted, whole = _pieces(page), width * height * samples * page.bitspersample // 8
    as_stored = int(page.compression) == 1 and sum(page.databytecounts) >= whole
    if len(page.dataoffsets) < wanted and not as_stored:  # the rest would be black
        what = f"{len(page.dataoffsets)} of {wanted} {'tiles' if page.is_tiled else 'strips'}"
        raise InputError(f"{path}: damaged TIFF: it holds {what}")
    turned = 1 if page.tags.valueof(ORIENTATION, 1) == 1 else 2
    check_room(path, page, size, turned * width * height * _LINEAR_BYTES)


def _pieces(page: Any) -> int:
    """How many strips or tiles a page's picture has."""
    planes = page.samplesperpixel if int(page.planarconfig) == _SEPARATE else 1
    if page.is_tiled:
        across = -(-page.imagewidth // max(1, page.tilewidth))
        return planes * across * -(-page.imagelength // max(1, page.tilelength))
    return planes * -(-page.imagelength // max(1, page.rowsperstrip or page.imagelength))


def check_room(path: Path, page: Any, size: int, beside: int = 0) -> None:
    """Refuse pixels that the file can't hold, or the memory.

    Args:
        size: of the file. beside: bytes that are taken beside those of the stored pixels.
    """
    width, height = page.imagewidth, page.imagelength
    if int(page.compression) not in _COMPRESSIONS:
        raise InputError(f"{path}: TIFF compression {int(page.compression)} is not read")
    padded = width * height
    if page.is_tiled:  # those at the edges are whole
        padded = -(-width // page.tilewidth) * page.tilewidth
        padded *= -(-height // page.tilelength) * page.tilelength
    stored = padded * page.samplesperpixel * max(1, page.bitspersample // 8)
    if stored > _SMALL and stored > _MOST_PACKED * size:
        raise InputError(f"{path}: {width}x{height} pixels in {size} bytes: not believable")
    check_memory(path, stored + beside, f"{width}x{height} pixels")


def check_jpegs(path: Path, page: Any, file: Any) -> None:
    """Refuse JPEGs that are larger than the strips or tiles that they stand for."""
    rows = min(page.rowsperstrip or page.imagelength, page.imagelength)
    most = (page.tilelength, page.tilewidth) if page.is_tiled else (rows, page.imagewidth)
    for place, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        file.seek(place)
        height, width = jpeg_size(file.read(min(count, _JPEG_HEAD))) or (0, 0)
        if not (0 < height < most[0] + _JPEG_BLOCK and 0 < width < most[1] + _JPEG_BLOCK):
            raise InputError(f"{path}: damaged TIFF: it holds a JPEG of {width}x{height}")
