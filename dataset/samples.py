"""torch Dataset over the manifest, with a cache of what it decoded.

Previews at the model's input size, or statistics of pictures, and aligned RAW/TIFF pairs at the
edit resolution are made once, so that an epoch decodes no picture file.
"""

import logging
import sys
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from dataset.auto_starts import known_start
from dataset.batch_plan import Draw
from dataset.manifest import DEFAULT_CACHE, Entry
from dataset.pairs import pair_of
from dataset.sample_cache import cache_name, cached, shape_of, store
from dataset.sample_settings import SampleSettings
from imaging.camera import Shot
from imaging.capture import capture_of
from imaging.metadata import read_metadata
from imaging.picture_statistics import STATISTICS_DIGEST, statistics_of
from imaging.preview import read_preview
from imaging.raw_picture import RawPicture
from model.losses import spread_of
from model.mean_edit import mean_edit
from model.metadata_encoder import metadata_batch
from model.preprocess import params_norm_of, preview_to_tensor
from params.edit_process import edit_process
from params.files import InputError
from params.record import read_record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Sample:
    id: str
    params: dict[str, Tensor]
    seen: Path  # what the model's input is made of: the preview, or the RAW file
    pair: tuple[Path, Path] | None
    seen_cache: Path
    pair_cache: Path | None
    # Read at once: LibRaw must not be used in forked workers.
    shot: Shot | None
    capture: dict[str, Any] | None
    start: Tensor | None


class Samples(Dataset[dict[str, Any]]):
    """Manifest entries as training samples; broken ones are left out, with an error each.

    A sample has `id`, `image` (3 x image_size x image_size, or the statistics [N]), `params`
    (params_norm: scalars, and curves [knots]), `counts` and, with `edit_resolution`, `raw` and
    `target` (3xHxW float16 linear ProPhoto, both None where the entry has no TIFF). `collate`
    stacks them. An index may be a Draw, which can flip the picture. With `metadata` a sample has
    `capture`, as imaging.capture has it; empty, with a warning, where the RAW file is missing.
    With `start` it has `start`, the ten sliders of the automatic edit.

    Args:
        cache: folder of decoded pictures.
        quiet: what is left out is not logged (another process does that).

    Raises:
        InputError: no usable entry is left, or the cache can't be written.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        settings: SampleSettings,
        *,
        cache: Path = DEFAULT_CACHE,
        desc: str = "samples",
        quiet: bool = False,
    ) -> None:
        from tqdm import tqdm

        self.settings = settings
        self.cache = cache
        self.quiet = quiet
        self.samples: list[_Sample] = []
        self.entries: list[Entry] = []  # theirs
        self._small: dict[Path, Tensor] = {}  # statistics, which fit into memory, by their cache
        for entry in tqdm(
            entries, desc=desc, unit="picture", file=sys.stderr, dynamic_ncols=True, disable=quiet
        ):
            try:
                sample, made = self._sample(entry)
            except Exception as error:  # whatever is wrong with one picture, the rest go on
                if not quiet:
                    log.error("left out: %s: %s", entry.id, " ".join(str(error).split()))
                continue
            for file, arrays in made.items():
                store(file, arrays)
            self.samples.append(sample)
            self.entries.append(entry)
        if not self.samples:
            raise InputError(f"{desc}: not one of {len(entries)} manifest entries can be used")

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, draw: Draw | int) -> dict[str, Any]:
        draw = draw if isinstance(draw, Draw) else Draw(draw)
        sample = self.samples[draw.number]
        item: dict[str, Any] = {
            "id": sample.id,
            "image": self._seen(sample, draw),
            "params": sample.params,
            "counts": float(draw.counts),
        }
        if sample.capture is not None:
            item["capture"] = sample.capture
        if sample.start is not None:
            item["start"] = sample.start
        if self.settings.edit_resolution is not None:
            pair: dict[str, Any] = {"raw": None, "target": None}
            if sample.pair_cache:
                arrays = cached(sample.pair_cache, lambda: self._make_pair(sample))
                pair = {name: _drawn(arrays[name], draw) for name in pair}
            item.update(pair)
            item["shot"] = sample.shot
        return item

    def part(self, numbers: Iterable[int]) -> "Samples":
        """Some of the samples, in this order."""
        chosen, part = list(numbers), copy(self)
        part.samples = [self.samples[number] for number in chosen]
        part.entries = [self.entries[number] for number in chosen]
        return part

    def shapes(self) -> list[tuple[int, int] | None]:
        """Height and width of each sample's pair; None where it has none."""
        files = [sample.pair_cache for sample in self.samples]
        return [shape_of(file, "raw") if file else None for file in files]

    def spread(self) -> dict[str, float]:
        """How far the edits lie apart, see model.losses.spread_of."""
        return spread_of(self.edits())

    def mean_params(self) -> dict[str, Tensor]:
        """The mean edit, as params_norm without a batch."""
        return mean_edit(self.edits())

    def inputs(self) -> Tensor:
        """What the model sees of all pictures, not mirrored: [N, …]."""
        return torch.stack([self._seen(sample, Draw(0)) for sample in self.samples])

    def starts(self) -> Tensor | None:
        """The automatic edits of all pictures, [N, 10]; None where samples have none."""
        starts = [sample.start for sample in self.samples if sample.start is not None]
        return torch.stack(starts) if starts else None

    def edits(self) -> dict[str, Tensor]:
        """The edits as params_norm: sliders [N], curves [N, knots]."""
        names = self.samples[0].params
        return {n: torch.stack([s.params[n] for s in self.samples]) for n in names}

    def _sample(self, entry: Entry) -> tuple[_Sample, dict[Path, dict[str, np.ndarray]]]:
        """A sample, and what the cache lacks of it: by its file's name there."""
        wanted = self.settings
        data = entry.path("data")
        record = read_record(data)
        if (record.process, record.masks) != (wanted.process, wanted.masks):
            raise InputError(
                f"{data}: fitted for process {record.process} with {record.masks} masks, not "
                f"process {wanted.process} with {wanted.masks} masks"
            )
        seen = entry.path("raw" if wanted.statistics else "preview")
        seen_cache = self.cache / seen_cache_name(seen, wanted)
        pair = pair_cache = shot = capture = start = None
        made = {}
        if not (wanted.statistics or seen_cache.is_file()):
            made[seen_cache] = preview_arrays(seen, wanted.image_size)
        side = wanted.edit_resolution if entry.has_tif else None
        if side is not None:
            pair = (entry.path("raw"), entry.path("tif"))
        elif wanted.metadata:
            capture = self._capture(entry)
        if pair or wanted.statistics or wanted.start:
            with RawPicture(entry.path("raw")) as picture:  # decoded once for all
                if wanted.statistics and not seen_cache.is_file():
                    made[seen_cache] = statistics_arrays(picture, wanted.process)
                if pair and side is not None:
                    pair_cache = self.cache / cache_name("pair", pair, side, wanted.process)
                    if not pair_cache.is_file():
                        made[pair_cache] = pair_arrays(picture, pair[1], side, wanted.process)
                    shot = picture.shot if edit_process(wanted.process).camera_color else None
                    capture = capture_of(picture.metadata) if wanted.metadata else None
                start = known_start(picture, self.cache, wanted.process) if wanted.start else None
        edit = params_norm_of(record.params, wanted.knots, wanted.outputs)
        files = seen, pair, seen_cache, pair_cache
        return _Sample(entry.id, edit, *files, shot, capture, start), made

    def _capture(self, entry: Entry) -> dict[str, Any]:
        try:
            return capture_of(read_metadata(entry.path("raw")))
        except InputError as error:
            if not self.quiet:
                log.warning("%s; how it was taken is not known", error)
            return {}

    def _seen(self, sample: _Sample, draw: Draw) -> Tensor:
        """What the model sees, as a draw has it; statistics are those of the mirror image too."""
        if sample.seen_cache in self._small:
            return self._small[sample.seen_cache]
        kept = cached(sample.seen_cache, lambda: self._make_seen(sample.seen))
        if self.settings.statistics:
            self._small[sample.seen_cache] = torch.from_numpy(kept["statistics"])
            return self._small[sample.seen_cache]
        return _drawn(kept["preview"].astype(np.float32) / 65535.0, draw)

    def _make_seen(self, file: Path) -> dict[str, np.ndarray]:
        if not self.settings.statistics:
            return preview_arrays(file, self.settings.image_size)
        with RawPicture(file) as picture:
            return statistics_arrays(picture, self.settings.process)

    def _make_pair(self, sample: _Sample) -> dict[str, np.ndarray]:
        resolution = self.settings.edit_resolution
        if sample.pair is None or resolution is None:
            raise ValueError(f"{sample.id} has no pair")
        raw, tif = sample.pair
        with RawPicture(raw) as picture:
            return pair_arrays(picture, tif, resolution, self.settings.process)


def seen_cache_name(file: Path, settings: SampleSettings) -> str:
    """Names the cached form of what a model sees of a preview, or of a RAW file's statistics."""
    if settings.statistics:
        return cache_name(f"statistics-{STATISTICS_DIGEST}", [file], None, settings.process)
    return cache_name("preview", [file], settings.image_size)


def preview_arrays(file: Path, image_size: int) -> dict[str, np.ndarray]:
    """A preview as the cache holds it: `preview` uint16. Raises InputError."""
    image = preview_to_tensor(read_preview(file), image_size)
    # 16 bits: half precision would be coarser than the 8-bit file near white.
    return {"preview": (image.numpy() * 65535.0).round().astype(np.uint16)}


def statistics_arrays(picture: RawPicture, process: int) -> dict[str, np.ndarray]:
    """A RAW file's statistics as the cache holds them: `statistics` float32. Raises InputError."""
    return {"statistics": statistics_of(picture, process)}


def pair_arrays(
    picture: RawPicture, tif: Path, resolution: int, process: int
) -> dict[str, np.ndarray]:
    """A RAW/TIFF pair as the cache holds it: `raw` and `target`, 3xHxW float16."""
    loaded = pair_of(picture, tif, resolution, process)
    return {
        name: np.ascontiguousarray(pixels.transpose(2, 0, 1).clip(0.0, 1.0), np.float16)
        for name, pixels in (("raw", loaded.raw), ("target", loaded.target))
    }


def _drawn(pixels: np.ndarray, draw: Draw) -> Tensor:
    """3xHxW pixels as a tensor, mirrored when the draw says so."""
    image = torch.from_numpy(pixels)
    return image.flip(-1) if draw.flip else image


def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Samples -> a batch: `image`, `params`, `id`, `counts`; for pairs `raw`, `target`, `valid`.

    Pictures of a batch are padded at the right and the bottom to a common size with zeros;
    `valid` (Bx1xHxW) is 1 on picture and 0 on padding, and all 0 for a sample without a pair.
    Without any pair these three are absent. For process 2 `shots` lists the cameras' colour.
    Where samples say how they were taken, `metadata` is metadata_batch of that; where they have
    automatic edits, `start` is these, [B, 10].
    """
    batch: dict[str, Any] = {
        "id": [item["id"] for item in items],
        "image": torch.stack([item["image"] for item in items]),
        "params": {
            name: torch.stack([item["params"][name] for item in items])
            for name in items[0]["params"]
        },
        "counts": torch.tensor([item["counts"] for item in items]),
    }
    if "capture" in items[0]:
        batch["metadata"] = metadata_batch([item["capture"] for item in items])
    if "start" in items[0]:
        batch["start"] = torch.stack([item["start"] for item in items])
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
