"""RAW files of a training set, decoded by other processes before it is opened."""

import contextlib
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from dataset.auto_starts import known_start, start_cache_name
from dataset.manifest import Entry
from dataset.sample_cache import cache_name, made_once, store
from dataset.sample_settings import SampleSettings
from dataset.samples import pair_arrays, seen_cache_name, statistics_arrays
from imaging.raw_picture import RawPicture
from jobs.where import Where
from params.files import InputError

# Fewer jobs than this are done before other processes have started.
FEW = 20


def decode_ahead(
    entries: Sequence[Entry],
    settings: SampleSettings,
    cache: Path,
    where: Where,
    desc: str = "decode",
) -> None:
    """Put what Samples would decode one by one into its cache: pairs, statistics, and
    automatic edits.

    What fails is not logged here: Samples tries it again and logs it.
    """
    from tqdm import tqdm

    # By the files they read, of which a RAW file may have many edits: the cache's files.
    jobs: dict[tuple[Path, ...], list[Path]] = {}
    for entry in entries:
        with contextlib.suppress(InputError, OSError):
            raw = entry.path("raw")
            names = [seen_cache_name(raw, settings)] if settings.statistics else []
            names += [start_cache_name(raw, settings.process)] if settings.start else []
            jobs[(raw,)] = [cache / name for name in names]
            if settings.edit_resolution is not None and entry.has_tif:
                pair = (raw, entry.path("tif"))
                name = cache_name("pair", pair, settings.edit_resolution, settings.process)
                jobs[pair] = [cache / name]
    todo = [job for job in jobs.items() if not all(place.is_file() for place in job[1])]
    if not where.elsewhere or len(todo) < FEW:
        return
    work = functools.partial(_decode, settings=settings, cache=cache)
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    # Closed in any case, which ends the processes.
    with contextlib.closing(where.outcomes(todo, work)) as outcomes:
        for _ in tqdm(outcomes, total=len(todo), desc=desc, **progress):
            pass


def _decode(
    job: tuple[tuple[Path, ...], list[Path]], settings: SampleSettings, cache: Path
) -> None:
    (raw, *tif), places = job
    process = settings.process
    with RawPicture(raw) as picture:
        if tif:
            assert settings.edit_resolution is not None
            store(places[0], pair_arrays(picture, tif[0], settings.edit_resolution, process))
            return
        if settings.statistics:
            made_once(places[0], lambda: statistics_arrays(picture, process))
        if settings.start:
            known_start(picture, cache, process)
