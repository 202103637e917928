"""RAW files of a training set, decoded by several processes before it is opened."""

import contextlib
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from dataset.manifest import Entry
from dataset.sample_cache import cache_name, store
from dataset.samples import SampleSettings, pair_arrays, seen_arrays, seen_cache_name
from imaging.raw_picture import RawPicture
from jobs.processes import run_jobs
from params.files import InputError

# Fewer jobs than this are done before other processes have started.
FEW = 20


def decode_ahead(
    entries: Sequence[Entry],
    settings: SampleSettings,
    cache: Path,
    workers: int,
    desc: str = "decode",
) -> None:
    """Put what Samples would decode one by one into its cache: pairs, and statistics.

    What fails is not logged here: Samples tries it again and logs it.
    """
    from tqdm import tqdm

    jobs: dict[Path, tuple[Path, ...]] = {}  # by the cache's file: a RAW file may have many edits
    for entry in entries:
        with contextlib.suppress(InputError, OSError):
            raw = entry.path("raw")
            if settings.statistics:
                jobs[cache / seen_cache_name(raw, settings)] = (raw,)
            if settings.edit_resolution is not None and entry.has_tif:
                pair = (raw, entry.path("tif"))
                name = cache_name("pair", pair, settings.edit_resolution, settings.process)
                jobs[cache / name] = pair
    todo = [(files, place) for place, files in jobs.items() if not place.is_file()]
    if workers < 2 or len(todo) < FEW:
        return
    work = functools.partial(_decode, settings=settings)
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    # Closed in any case, which ends the processes.
    with contextlib.closing(run_jobs(todo, work, workers)) as outcomes:
        for _ in tqdm(outcomes, total=len(todo), desc=desc, **progress):
            pass


def _decode(job: tuple[tuple[Path, ...], Path], settings: SampleSettings) -> None:
    (raw, *tif), place = job
    if not tif:
        store(place, seen_arrays(raw, settings))
        return
    assert settings.edit_resolution is not None
    with RawPicture(raw) as picture:
        store(place, pair_arrays(picture, tif[0], settings.edit_resolution, settings.process))
