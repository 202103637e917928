"""torch Dataset over the manifest, with a cache of what it decoded.

Previews at the model's input size and aligned RAW/TIFF pairs at the edit resolution are made
once, so that an epoch decodes no picture file.
"""

import hashlib
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from dataset.manifest import Entry
from dataset.pairs import load_pair
from imaging.camera import Shot, read_shot
from model.preprocess import preview_to_tensor
from params.files import REPO_ROOT, InputError, replacing
from params.ranges import CURVE_KNOTS, CURVE_NAME, normalize_scalars, normalize_tone_curve
from params.record import read_record

log = logging.getLogger(__name__)

DEFAULT_CACHE = REPO_ROOT / "outputs" / "cache"
# Part of every cache key: raise it when what is stored changes.
_CACHE_VERSION = 1


@dataclass(frozen=True)
class _Sample:
    id: str
    params: dict[str, Tensor]
    preview: Path
    pair: tuple[Path, Path] | None
    preview_cache: Path
    pair_cache: Path | None
    process: int
    shot: Shot | None  # read at once: LibRaw must not be used in forked workers


class Samples(Dataset[dict[str, Any]]):
    """Manifest entries as training samples; broken ones are left out, with an error each.

    A sample has `id`, `image` (3 x image_size x image_size), `params` (params_norm: scalars and
    ToneCurve [knots]) and, with `edit_resolution`, `raw` and `target` (3xHxW float16 linear
    ProPhoto, both None where the entry has no TIFF). `collate` stacks them.

    Args:
        process, masks: entries fitted for others are left out.
        edit_resolution: long side of the RAW/TIFF pair; None: no pairs.
        cache: folder of decoded pictures.

    Raises:
        InputError: no usable entry is left, or the cache can't be written.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        image_size: int,
        knots: int = CURVE_KNOTS,
        process: int = 1,
        masks: str = "plain",
        edit_resolution: int | None = None,
        cache: Path = DEFAULT_CACHE,
        desc: str = "samples",
    ) -> None:
        from tqdm import tqdm

        self.image_size = image_size
        self.edit_resolution = edit_resolution
        self.cache = cache
        self.samples: list[_Sample] = []
        for entry in tqdm(entries, desc=desc, unit="picture", file=sys.stderr, dynamic_ncols=True):
            try:
                sample = self._sample(entry, knots, process, masks)
                made = []
                if not sample.preview_cache.is_file():
                    made.append((sample.preview_cache, self._make_preview(sample)))
                if sample.pair_cache and not sample.pair_cache.is_file():
                    made.append((sample.pair_cache, self._make_pair(sample)))
            except Exception as error:  # whatever is wrong with one picture, the rest go on
                log.error("left out: %s: %s", entry.id, " ".join(str(error).split()))
                continue
            for file, arrays in made:
                _store(file, arrays)
            self.samples.append(sample)
        if not self.samples:
            raise InputError(f"{desc}: not one of {len(entries)} manifest entries can be used")

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = self.samples[index]
        preview = _cached(sample.preview_cache, sample, self._make_preview)["preview"]
        item: dict[str, Any] = {
            "id": sample.id,
            "image": torch.from_numpy(preview.astype(np.float32) / 65535.0),
            "params": sample.params,
        }
        if self.edit_resolution is not None:
            pair: dict[str, Any] = {"raw": None, "target": None}
            if sample.pair_cache:
                arrays = _cached(sample.pair_cache, sample, self._make_pair)
                pair = {name: torch.from_numpy(arrays[name]) for name in pair}
            item.update(pair)
            item["shot"] = sample.shot
        return item

    def mean_params(self) -> dict[str, Tensor]:
        """The mean edit, as params_norm without a batch."""
        names = self.samples[0].params
        return {n: torch.stack([s.params[n] for s in self.samples]).mean(0) for n in names}

    def _sample(self, entry: Entry, knots: int, process: int, masks: str) -> _Sample:
        data = entry.path("data")
        record = read_record(data)
        if (record.process, record.masks) != (process, masks):
            raise InputError(
                f"{data}: fitted for process {record.process} with {record.masks} masks, not "
                f"process {process} with {masks} masks"
            )
        curve = normalize_tone_curve(record.params[CURVE_NAME], knots)
        params = normalize_scalars(record.params) | {CURVE_NAME: curve}
        preview = entry.path("preview")
        pair = None
        if self.edit_resolution is not None and entry.has_tif:
            pair = (entry.path("raw"), entry.path("tif"))
        return _Sample(
            entry.id,
            {name: torch.as_tensor(value, dtype=torch.float32) for name, value in params.items()},
            preview,
            pair,
            self.cache / f"{_key([preview], self.image_size)}.preview.npz",
            self.cache / f"{_key(pair, self.edit_resolution, process)}.pair.npz" if pair else None,
            process,
            read_shot(pair[0]) if pair and process == 2 else None,
        )

    def _make_preview(self, sample: _Sample) -> dict[str, np.ndarray]:
        image = preview_to_tensor(read_preview(sample.preview), self.image_size)
        # 16 bits: half precision would be coarser than the 8-bit file near white.
        return {"preview": (image.numpy() * 65535.0).round().astype(np.uint16)}

    def _make_pair(self, sample: _Sample) -> dict[str, np.ndarray]:
        if sample.pair is None or self.edit_resolution is None:
            raise ValueError(f"{sample.id} has no pair")
        pair = load_pair(*sample.pair, self.edit_resolution, sample.process)
        return {
            name: np.ascontiguousarray(pixels.transpose(2, 0, 1).clip(0.0, 1.0), np.float16)
            for name, pixels in (("raw", pair.raw), ("target", pair.target))
        }


def read_preview(path: Path) -> np.ndarray:
    """A preview file -> HxWx3 uint8 sRGB. Raises InputError."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return np.asarray(picture.convert("RGB"))
    except Exception as error:  # Pillow raises any kind for damaged files
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: the preview cannot be read: {reason}") from error


def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Samples -> a batch: `image`, `params`, `id`, and for pairs `raw`, `target`, `valid`.

    Pictures of a batch are padded at the right and the bottom to a common size with zeros;
    `valid` (Bx1xHxW) is 1 on picture and 0 on padding, and all 0 for a sample without a pair.
    Without any pair these three are absent. For process 2 `shots` lists the cameras' colour.
    """
    batch: dict[str, Any] = {
        "id": [item["id"] for item in items],
        "image": torch.stack([item["image"] for item in items]),
        "params": {
            name: torch.stack([item["params"][name] for item in items])
            for name in items[0]["params"]
        },
    }
    shapes = [item["raw"].shape[1:] for item in items if item.get("raw") is not None]
    if not shapes:
        return batch
    height, width = (max(sides) for sides in zip(*shapes, strict=True))
    for name in ("raw", "target"):
        batch[name] = torch.zeros(len(items), 3, height, width, dtype=torch.float16)
    batch["valid"] = torch.zeros(len(items), 1, height, width)
    for i, item in enumerate(items):
        if item.get("raw") is not None:
            h, w = item["raw"].shape[1:]
            batch["raw"][i, :, :h, :w] = item["raw"]
            batch["target"][i, :, :h, :w] = item["target"]
            batch["valid"][i, :, :h, :w] = 1.0
    if any(item.get("shot") for item in items):
        batch["shots"] = [item.get("shot") for item in items]
    return batch


def _key(files: Sequence[Path], resolution: int | None, process: int = 1) -> str:
    """Names the cached form of files: changes with place, size, date, resolution and process."""
    facts: list[Any] = [_CACHE_VERSION, resolution, *([process] if process != 1 else [])]
    for file in files:
        status = file.stat()
        facts.append([str(file.resolve()), status.st_size, status.st_mtime_ns])
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _cached(
    file: Path, sample: _Sample, make: Callable[[_Sample], dict[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """The arrays of a cache file; made again where it's gone or damaged."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # NumPy raises any kind for a damaged archive
        log.info("%s: made again: %s", file.name, " ".join(str(error).split()))
    made = make(sample)
    _store(file, made)
    return made


def _store(file: Path, arrays: dict[str, np.ndarray]) -> None:
    with replacing(file) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]
