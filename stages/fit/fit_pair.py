"""From a RAW and its edited TIFF to the files that training and Camera Raw read."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dataset.manifest import Entry, portable_path
from dataset.pairs import Pair, pair_of
from dataset.set_folder import PLAIN_EXPERT, Outputs
from imaging.camera import Shot
from imaging.metadata import Metadata
from imaging.preview import save_preview
from imaging.raw_picture import RawPicture
from imaging.sidecar import existing_packet
from model.fit import Fit, fit, fit_batch
from params.files import replacing
from params.record import Record, write_record
from stages.fit.draw_fit import draw_fit
from stages.fit.settings import FitSettings

FIT_LONG_SIDE = 512


@dataclass(frozen=True)
class Job:
    """One picture to fit and what its manifest line says."""

    id: str
    split: str
    expert: str
    raw: Path
    tif: Path


@dataclass(frozen=True)
class Loaded:
    """A job's pictures on one grid, its camera's colour, and what else the RAW says of itself."""

    job: Job
    pair: Pair
    shot: Shot
    metadata: Metadata


def fit_pair(raw: Path, tif: Path, settings: FitSettings | None = None) -> Record:
    """The edit that makes of a RAW file what an edited TIFF of it shows; writes nothing.

    Args:
        raw: any RAW format that LibRaw reads.
        tif: 16-bit RGB; a crop, a quarter-turn or another size of the photograph will do.
        settings: by default edit process 2 on the CPU.

    Returns:
        the parameters in Camera Raw's units, with the residuals of the fit.

    Raises:
        InputError: a file cannot be read, or the two are not the same photograph.
    """
    settings = settings or FitSettings()
    loaded = load(Job(raw.stem, "training", PLAIN_EXPERT, raw, tif), settings)
    [found] = fit_loaded([loaded], settings)
    return record_of(loaded, found, settings)


def load(job: Job, settings: FitSettings) -> Loaded:
    """Read and register one pair.

    Raises:
        InputError: a file cannot be read, or the two are not the same photograph.
    """
    with RawPicture(job.raw) as picture:
        pair = pair_of(picture, job.tif, FIT_LONG_SIDE, settings.process)
        return Loaded(job, pair, picture.shot, picture.metadata)


def fit_loaded(
    loaded: Sequence[Loaded],
    settings: FitSettings,
    on_step: Callable[[], Any] = lambda: None,
    recipe: Mapping[str, Any] | None = None,
) -> list[Fit]:
    """Fit pairs; several are fitted side by side (solver lm).

    recipe: the edit that theirs are taken to be a little off.
    """
    options = replace(settings.options(), recipe=recipe)
    if options.solver == "lm":
        pairs = [(one.pair.raw, one.pair.target) for one in loaded]
        return fit_batch(pairs, options, shots=[one.shot for one in loaded])
    return [
        fit(one.pair.raw, one.pair.target, options, shot=one.shot, on_step=on_step)
        for one in loaded
    ]


def record_of(loaded: Loaded, found: Fit, settings: FitSettings) -> Record:
    """The parameter file of a fit."""
    job, shot, alignment = loaded.job, loaded.shot, loaded.pair.alignment
    return Record(
        params=found.params,
        process=settings.process,
        masks=settings.masks,
        as_shot=shot.as_shot(),
        fit={**found.as_json(), "alignment": alignment.as_json()},
        source={
            "id": job.id,
            "split": job.split,
            "expert": job.expert,
            "raw": portable_path(job.raw),
            "tif": portable_path(job.tif),
        },
    )


def write_results(loaded: Loaded, found: Fit, outputs: Outputs, settings: FitSettings) -> None:
    """Write what is asked for and, last, the parameter file."""
    from params.xmp import record_to_xmp

    exports = settings.exports
    job, pair, shot = loaded.job, loaded.pair, loaded.shot
    key = job.id, job.expert
    record = record_of(loaded, found, settings)
    if exports.preview:
        save_preview(outputs.preview(job.id), pair.proxy)
    if exports.xmp:
        packet = record_to_xmp(
            record,
            camera=shot.color,
            neutral=shot.neutral,
            base=existing_packet(job.raw, loaded.metadata),
            curve=exports.xmp_curve,
        )
        with replacing(outputs.xmp(*key)) as temporary:
            temporary.write_bytes(packet)
    if exports.debug_preview:
        draw_fit(outputs.debug_preview(*key), pair.raw, pair.target, record, shot)
    if exports.cube:
        export_cube(job, outputs, exports.cube, record)
    outputs.set_aside(*key, settings.process, settings.masks)
    write_record(outputs.data(*key), record)


def fit_to_files(
    job: Job,
    outputs: Outputs,
    settings: FitSettings,
    recipes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Fit:
    """Fit one pair and write its files. Raises InputError.

    recipes: by photographer.
    """
    from tqdm import tqdm

    loaded = load(job, settings)
    steps = settings.steps if settings.solver == "adam" else 0
    with tqdm(
        total=steps, desc=job.id, unit="step", file=sys.stderr, leave=False, disable=not steps
    ) as bar:
        [found] = fit_loaded([loaded], settings, bar.update, recipes.get(job.expert))
    write_results(loaded, found, outputs, settings)
    return found


def export_cube(job: Job, outputs: Outputs, space: str, record: Record) -> None:
    """Write a fitted edit as a look-up table."""
    from model.cube_lut import write_cube

    write_cube(outputs.cube(job.id, job.expert), record, space, job.id)


def entry_of(job: Job, outputs: Outputs) -> Entry:
    """The manifest line of a finished job."""
    return outputs.entry(job.id, job.split, job.expert, job.raw, job.tif)
