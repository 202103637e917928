"""Encoding to an ICC profile that a user gave, by littleCMS, once that was tried elsewhere.

Profiles are programs of a kind: what one has littleCMS do is found out in a decoder's process,
which survives it.
"""

import functools
from pathlib import Path

import numpy as np

from imaging.decoder.pool import Loan
from imaging.decoder.switch import decodes_here
from imaging.decoder.wire import ProfileQuestion
from imaging.icc import linear_prophoto_profile
from params.files import InputError

# Of each channel: in, at the edges of and beyond what profiles are made for, and no numbers.
_LEVELS = (*np.linspace(-0.25, 1.25, 13), -1e6, 1e6, np.inf, np.nan)


def encode_to_profile(block: np.ndarray, profile: bytes) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> float32 HxWx3 encoded to a profile, by relative colorimetric intent.

    Raises:
        Exception: littleCMS's, for a profile that it cannot use.
    """
    import imagecodecs

    encoded: np.ndarray = imagecodecs.cms_transform(
        np.ascontiguousarray(block, np.float32),
        linear_prophoto_profile(),
        profile,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype=np.float32,
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
    )
    return encoded


@functools.lru_cache(maxsize=8)
def check_profile(path: Path, profile: bytes) -> None:
    """Try a profile on colours of all kinds, in a process that may crash, hang or take memory.

    path: to be named.

    Raises:
        InputError: littleCMS cannot encode to it, or does not survive it.
    """
    if decodes_here():
        try_profile(path, profile)
        return
    with Loan() as decoder:
        decoder.ask(ProfileQuestion(path, profile))


def try_profile(path: Path, profile: bytes) -> None:
    """check_profile, here. Raises InputError."""
    colours = np.stack(np.meshgrid(_LEVELS, _LEVELS, _LEVELS), axis=-1).astype(np.float32)
    try:
        encode_to_profile(colours.reshape(len(_LEVELS), -1, 3), profile)
    except MemoryError:
        raise
    except Exception as error:  # littleCMS's
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot encode to this ICC profile: {reason}") from error
