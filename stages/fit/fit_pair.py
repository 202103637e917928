"""From a RAW and its edited TIFF to the files that training and Camera Raw read."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset.manifest import Entry, make_entry, portable_path
from dataset.pairs import Pair, load_pair
from dataset.set_folder import Outputs
from imaging.camera import Shot, read_shot
from imaging.metadata import read_metadata
from imaging.preview import save_preview
from imaging.sidecar import existing_packet
from model.edit_layer import render_record
from model.fit import Fit, fit, fit_batch
from params.files import replacing
from params.record import Record, write_record
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
class Exports:
    """What a fit leaves beside the parameter file. cube: None, or a space of model.cube_lut."""

    xmp: bool = True
    xmp_curve: str = "points"
    preview: bool = True
    cube: str | None = None
    debug_preview: bool = False


@dataclass(frozen=True)
class Loaded:
    """A job's pictures on one grid, and its camera's colour."""

    job: Job
    pair: Pair
    shot: Shot


def load(job: Job, settings: FitSettings) -> Loaded:
    """Read and register one pair.

    Raises:
        InputError: a file cannot be read, or the two are not the same photograph.
    """
    pair = load_pair(job.raw, job.tif, FIT_LONG_SIDE, settings.process)
    return Loaded(job, pair, read_shot(job.raw))


def fit_loaded(
    loaded: Sequence[Loaded], settings: FitSettings, on_step: Callable[[], Any] = lambda: None
) -> list[Fit]:
    """Fit pairs; several are fitted side by side (solver lm)."""
    options = settings.options()
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


def write_results(
    loaded: Loaded, found: Fit, outputs: Outputs, settings: FitSettings, exports: Exports
) -> None:
    """Write what is asked for and, last, the parameter file."""
    from params.xmp import record_to_xmp

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
            base=existing_packet(job.raw, read_metadata(job.raw)),
            curve=exports.xmp_curve,
        )
        with replacing(outputs.xmp(*key)) as temporary:
            temporary.write_bytes(packet)
    if exports.debug_preview:
        _write_debug_preview(outputs.debug_preview(*key), loaded, record, found)
    if exports.cube:
        export_cube(job, outputs, exports.cube, record)
    outputs.set_aside(*key, settings.process, settings.masks)
    write_record(outputs.data(*key), record)


def fit_to_files(job: Job, outputs: Outputs, settings: FitSettings, exports: Exports) -> Fit:
    """Fit one pair and write its files. Raises InputError."""
    from tqdm import tqdm

    loaded = load(job, settings)
    steps = settings.steps if settings.solver == "adam" else 0
    with tqdm(
        total=steps, desc=job.id, unit="step", file=sys.stderr, leave=False, disable=not steps
    ) as bar:
        [found] = fit_loaded([loaded], settings, bar.update)
    write_results(loaded, found, outputs, settings, exports)
    return found


def export_cube(job: Job, outputs: Outputs, space: str, record: Record) -> None:
    """Write a fitted edit as a look-up table."""
    from model.cube_lut import write_cube

    write_cube(outputs.cube(job.id, job.expert), record, space, job.id)


def entry_of(job: Job, outputs: Outputs) -> Entry:
    """The manifest line of a finished job."""
    return make_entry(
        id=job.id,
        split=job.split,
        expert=job.expert,
        raw=job.raw,
        tif=job.tif,
        preview=outputs.preview(job.id),
        data=outputs.data(job.id, job.expert),
    )


def _write_debug_preview(path: Path, loaded: Loaded, record: Record, found: Fit) -> None:
    from report.picture_grid import contact_sheet

    pair = loaded.pair
    row = [
        (f"as shot\ndE00 {found.before.delta_e:.2f}", pair.raw),
        (
            f"fitted\ndE00 {found.after.delta_e:.2f}",
            render_record(pair.raw, record, shot=loaded.shot),
        ),
        ("edited TIFF", pair.target),
    ]
    contact_sheet(path, [row], title=path.stem)
