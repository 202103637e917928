"""From a RAW and its edited TIFF to the files that training and Camera Raw read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dataset.fit_settings import FitSettings
from dataset.manifest import Entry, make_entry, portable_path
from dataset.outputs import Outputs
from dataset.pairs import Pair, load_pair
from imaging.camera import Shot, read_shot
from imaging.preview import save_preview
from model.edit_layer import render
from model.fit import Fit, fit
from params.files import replacing
from params.record import Record, write_record

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
    """What a fit leaves beside the parameter file. cube: None, or a space of dataset.lut."""

    xmp: bool = True
    preview: bool = True
    cube: str | None = None
    debug_preview: bool = False


def fit_to_record(
    job: Job, settings: FitSettings, on_step: Callable[[], Any] = lambda: None
) -> tuple[Record, Pair, Fit]:
    """Read, align and fit one pair.

    Raises:
        InputError: a file cannot be read, or the two are not the same photograph.
    """
    pair = load_pair(job.raw, job.tif, FIT_LONG_SIDE, settings.process)
    shot = read_shot(job.raw)
    found = fit(
        pair.raw,
        pair.target,
        shot=shot,
        process=settings.process,
        knots=settings.knots,
        solver=settings.solver,
        steps=settings.steps,
        seed=settings.seed,
        device=settings.device,
        on_step=on_step,
    )
    record = Record(
        params=found.params,
        process=settings.process,
        as_shot=shot.as_shot(),
        fit={**found.as_json(), "alignment": pair.alignment.as_json()},
        source={
            "id": job.id,
            "split": job.split,
            "expert": job.expert,
            "raw": portable_path(job.raw),
            "tif": portable_path(job.tif),
        },
    )
    return record, pair, found


def fit_to_files(
    job: Job,
    outputs: Outputs,
    settings: FitSettings,
    exports: Exports,
    *,
    on_step: Callable[[], Any] = lambda: None,
) -> Fit:
    """Fit one pair and write what is asked for and, last, the parameter file."""
    from params.xmp import record_to_xmp

    record, pair, found = fit_to_record(job, settings, on_step)
    key = job.id, job.expert
    if exports.preview:
        save_preview(outputs.preview(job.id), pair.proxy)
    if exports.xmp:
        shot = read_shot(job.raw)
        packet = record_to_xmp(record, camera=shot.color, neutral=shot.neutral)
        with replacing(outputs.xmp(*key)) as temporary:
            temporary.write_bytes(packet)
    if exports.debug_preview:
        _write_debug_preview(outputs.debug_preview(*key), pair, record, found)
    if exports.cube:
        export_cube(job, outputs, exports.cube, record)
    outputs.set_aside(*key, settings.process)
    write_record(outputs.data(*key), record)
    return found


def export_cube(job: Job, outputs: Outputs, space: str, record: Record) -> None:
    """Write a fitted edit as a look-up table."""
    from dataset.lut import write_cube

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


def render_record(
    pixels: np.ndarray,
    record: Record,
    device: str = "cpu",
    out: np.ndarray | None = None,
    shot: Shot | None = None,
) -> np.ndarray:
    """Render a picture with the edit of a parameter file; see model.edit_layer.render."""
    return render(
        pixels,
        record.params,
        process=record.process,
        masks=record.masks,
        shot=shot,
        device=device,
        out=out,
    )


def _write_debug_preview(path: Path, pair: Pair, record: Record, found: Fit) -> None:
    from dataset.report import contact_sheet

    row = [
        (f"as shot\ndE00 {found.before.delta_e:.2f}", pair.raw),
        (
            f"fitted\ndE00 {found.after.delta_e:.2f}",
            render_record(pair.raw, record, shot=read_shot(job.raw)),
        ),
        ("edited TIFF", pair.target),
    ]
    contact_sheet(path, [row], title=path.stem)
