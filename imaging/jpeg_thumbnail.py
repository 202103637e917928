"""The small picture in a JPEG's EXIF block, which file browsers show."""

import io

import numpy as np

from imaging.resize import fit_long_side

LONG_SIDE = 160  # what cameras have; EXIF names no other for JPEG
_QUALITY = 80


def jpeg_thumbnail(srgb8: np.ndarray) -> bytes:
    """A JPEG of an HxWx3 uint8 sRGB picture, at most LONG_SIDE long.

    Of the picture as it is written: what the RAW file embeds shows the camera's rendering.
    """
    from PIL import Image

    encoded = io.BytesIO()
    small = Image.fromarray(fit_long_side(srgb8, LONG_SIDE))
    small.save(encoded, format="JPEG", quality=_QUALITY, subsampling="4:2:0")
    return encoded.getvalue()
