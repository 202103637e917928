"""What an evaluation is asked to do: typed, documented, never changed on the way."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset.manifest import DEFAULT_CACHE, DEFAULT_MANIFEST
from imaging.comparison import SHORT_SIDE, TOLERANCE
from jobs.cores import cores
from jobs.shard import Shard
from jobs.where import Where
from model.adapter import Adapter
from params.checks import check_positive, check_range
from params.files import InputError
from stages.predict.confidence_file import EVALUATION


@dataclass(frozen=True)
class EvaluateSettings:
    """A model judged on one split of a manifest.

    checkpoint: trained model (.pt), or hf://owner/repo/file.pt.
    adapters: LoRA adapters, each by its weight.
    force_lora: take adapters that were trained on another base.
    manifest: JSONL manifest.
    split: to judge on.
    train_split: of the baselines.
    val_split: that the number of neighbours and the confidence are chosen on.
    limit: judge at most this many pictures; None: all.
    expert: whose edits are the target; None where the manifest has one photographer only.
    experts: photographers to compare with the target.
    short_side: of the pictures compared, pixels.
    full_size: compare at full size too.
    tolerance: mean ΔE00 that counts as near: confidence is the chance of coming as near.
    workers: processes that measure; 0: this one.
    cluster: Dask scheduler whose workers measure instead, see jobs.cluster.
    shard: the part of the pictures that measure_part() is to measure; None: all.
    seed: of the random pictures shown.
    output: folder to write to.
    cache: folder of decoded pictures.
    cache_size: GB that it has at most from now on; None: as was set before.
    device: where torch computes: "auto", "cuda", "mps" or "cpu".
    debug: raise the first error of a picture instead of naming it and going on.

    Raises:
        InputError: a value out of its range.
    """

    checkpoint: Path
    adapters: Sequence[Adapter] = ()
    force_lora: bool = False
    manifest: Path = DEFAULT_MANIFEST
    split: str = "testing"
    train_split: str = "training"
    val_split: str = "validation"
    limit: int | None = None
    expert: str | None = None
    experts: Sequence[str] = ()
    short_side: int = SHORT_SIDE
    full_size: bool = False
    tolerance: float = TOLERANCE
    workers: int = cores()
    cluster: str | None = None
    shard: Shard | None = None
    seed: int = 0
    output: Path = EVALUATION
    cache: Path = DEFAULT_CACHE
    cache_size: float | None = None
    device: str = "auto"
    debug: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.experts, str):  # it would be taken letter by letter
            raise InputError(f"experts is {self.experts!r}, not a list of names")
        check_range("limit", self.limit, 1)
        check_range("short_side", self.short_side, 1)
        check_range("workers", self.workers, 0)
        check_range("seed", self.seed, 0)
        check_positive("cache_size", 1.0 if self.cache_size is None else self.cache_size)
        if not 0.0 <= self.tolerance < math.inf:
            raise InputError(f"tolerance is {self.tolerance}, not a ΔE00 of 0 or more")

    @property
    def where(self) -> Where:
        """Where pictures are decoded and measured."""
        return Where(self.workers, self.cluster, self.cache)
