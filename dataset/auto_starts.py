"""Automatic edits of RAW files, made once."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dataset.sample_cache import cache_name, made_once
from imaging.auto_start import start_of, tone_numbers
from imaging.auto_tone import auto_tone
from imaging.raw_picture import RawPicture


def start_cache_name(raw: Path, process: int) -> str:
    """Names what the cache keeps for known_start()."""
    return cache_name("auto-tone", [raw], None, process)


def known_start(picture: RawPicture, cache: Path, process: int) -> Tensor:
    """imaging.auto_start of a RAW file, [10]; what it needs of the pixels is kept in the cache.

    Raises:
        InputError: the file cannot be read, or the cache cannot be written.
    """

    def make() -> dict[str, np.ndarray]:
        return {"tone": tone_numbers(auto_tone(picture.proxy(process), picture.shot))}

    kept = made_once(cache / start_cache_name(picture.path, process), make)
    return torch.from_numpy(start_of(kept["tone"]))
