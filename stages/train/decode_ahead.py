"""The RAW/TIFF pairs of a training set, decoded by several processes before it is opened."""

import contextlib
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from dataset.manifest import Entry
from dataset.sample_cache import cache_name, store
from dataset.samples import pair_arrays
from imaging.raw_picture import RawPicture
from jobs.processes import run_jobs
from params.files import InputError

# Fewer pairs than this are decoded before other processes have started.
FEW = 20


def decode_ahead(
    entries: Sequence[Entry],
    resolution: int,
    process: int,
    cache: Path,
    workers: int,
    desc: str = "decode",
) -> None:
    """Put what Samples would decode one by one into its cache.

    What fails is not logged here: Samples tries it again and logs it.
    """
    from tqdm import tqdm

    jobs = []
    for entry in entries:
        with contextlib.suppress(InputError, OSError):
            if entry.has_tif:
                pair = (entry.path("raw"), entry.path("tif"))
                file = cache / cache_name("pair", pair, resolution, process)
                if not file.is_file():
                    jobs.append((pair, file))
    if workers < 2 or len(jobs) < FEW:
        return
    work = functools.partial(_decode, resolution=resolution, process=process)
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    # Closed in any case, which ends the processes.
    with contextlib.closing(run_jobs(jobs, work, workers)) as outcomes:
        for _ in tqdm(outcomes, total=len(jobs), desc=desc, **progress):
            pass


def _decode(job: tuple[tuple[Path, Path], Path], resolution: int, process: int) -> None:
    (raw, tif), file = job
    with RawPicture(raw) as picture:
        store(file, pair_arrays(picture, tif, resolution, process))
