"""Accepted edits handed over: XMP, TIFF and JPEG, by the writers of the prediction commands."""

import contextlib
import dataclasses
import functools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from imaging.raw_picture import RawPicture
from jobs.messages import about, one_line
from jobs.pipeline import ItemResult, Stage, run_stages
from params.files import InputError, sweep
from params.record import Record
from params.resolved_look import find_look, with_look
from stages.predict.batch_report import BatchReport
from stages.predict.find_raws import find_raws, result_names
from stages.predict.made_with import kinds_of, source_of
from stages.predict.prediction import Prediction
from stages.predict.result_paths import ResultPaths, wanted_files, wanted_pictures, written_to
from stages.predict.settings import PictureOutput, PredictSettings, XmpOutput
from stages.predict.write_results import export, render_pictures, save_pictures
from stages.predict.xmp_files import written_in_place
from studio.jobs import Job, Jobs, ToldError
from studio.pictures import Picture, edit_digest
from studio.session import Session
from studio.settings import StudioSettings

log = logging.getLogger(__name__)

ACCEPT = "accept"
BY = "studio"  # what made a picture, in report.json
BESIDE, OUTPUT = "beside", "output"


@dataclass(frozen=True)
class Wanted:
    """What is to be written of each picture.

    beside: XMP beside the RAW file, or with `embed` into the DNG itself, merged, with a backup of
        what was there; else in the output folder. Pictures go to the output folder.
    jpeg_side: long side of JPEGs in pixels; None: full size, as TIFFs are.
    quality: of JPEGs, 1 to 100.

    Raises:
        InputError: nothing at all, or a value out of its range.
    """

    beside: bool = False
    xmp: bool = True
    embed: bool = False
    tiff: bool = False
    jpeg: bool = False
    jpeg_side: int | None = None
    quality: int = PictureOutput.jpeg_quality

    def __post_init__(self) -> None:
        if not (self.xmp or self.tiff or self.jpeg):
            raise InputError("nothing to write: neither XMP nor TIFF nor JPEG")
        self.jpegs()  # which checks

    def jpegs(self) -> PictureOutput:
        return PictureOutput(max_size=self.jpeg_side, jpeg_quality=self.quality)

    def settings(self, studio: StudioSettings) -> PredictSettings:
        """As a command would be given it."""
        return PredictSettings(
            None,
            list(studio.inputs),
            studio.output,
            overwrite=True,
            xmp=XmpOutput(self.xmp, embed=self.embed, in_place=self.beside),
            tiff=self.tiff,
            jpeg=self.jpeg,
            pictures=PictureOutput(jpeg_quality=self.quality),
            device=studio.device,
        )


@dataclass
class _Item:
    """A picture on its way. renders: files of one size, with their options and pixels."""

    picture: Picture
    record: Record
    paths: ResultPaths
    metadata: Metadata = dataclasses.field(default_factory=Metadata)
    shot: Shot = dataclasses.field(default_factory=lambda: Shot(None, None))
    renders: list[tuple[list[Path], PictureOutput, np.ndarray]] = dataclasses.field(
        default_factory=list
    )


def hand_over(session: Session, jobs: Jobs, names: Sequence[str], wanted: Wanted) -> Job:
    """Begin to write pictures with the edits that they have now.

    Raises:
        InputError: one of them has no edit yet.
    """
    with session.lock:
        pictures = [session.picture(name) for name in names]
        if waits := [p for p in pictures if p.predicted is None and p.state.edit is None]:
            more = f" (and {len(waits) - 1} more)" if len(waits) > 1 else ""
            raise InputError(f"{waits[0].name}: not predicted yet{more}")
        edits = {picture.id: (picture, picture.edit) for picture in pictures}
    return jobs.start(ACCEPT, len(edits), _Handover(session, wanted, edits).run)


class _Handover:
    """One call of hand_over()."""

    def __init__(
        self, session: Session, wanted: Wanted, edits: Mapping[str, tuple[Picture, Record]]
    ) -> None:
        self._session, self._wanted, self._edits = session, wanted, edits
        self._settings = wanted.settings(session.settings)
        self._in_place: list[Path] = []

    def run(self, job: Job) -> str:
        """Write all; what came of it. Raises ToldError where none could be written."""
        settings = self._settings
        report = BatchReport.open(settings.output)
        places = self._places()
        items = {name: _Item(*self._edits[name], places[name]) for name in self._edits}
        for folder in written_to(settings, (item.paths for item in items.values())):
            sweep(folder)
        device = "cpu"
        if settings.renders:
            from model.device import device_name

            device = device_name(settings.device)

        def write(item: _Item) -> None:
            report.begins(item.paths.name, self._kinds(item))
            self._write(item)
            self._accepted(item, report)  # now: a call that is cancelled takes no more results

        stages = [
            Stage(lambda name: self._read(items.pop(name), report, job)),
            Stage(functools.partial(self._edit, device=device)),
            Stage(write),
        ]
        failed = 0
        try:
            with contextlib.closing(run_stages(list(items), stages)) as results:
                for result in results:
                    failed += self._enter(result, places, report, job)
                    if job.is_cancelled:
                        break
        finally:
            report.last_run = {
                "command": BY,
                "pictures": len(self._edits),
                "done": job.done - failed,
                "failed": failed,
            }
            report.write()
        came_to = self._came_to(job.done - failed, failed)
        if failed and failed == job.done:
            raise ToldError(came_to)
        return came_to

    def _came_to(self, done: int, failed: int) -> str:
        parts = [f"{done} handed over"]
        if failed:
            parts.append(f"{failed} failed")
        if self._in_place:
            parts.append(written_in_place(self._in_place))
        return ", ".join(parts)

    def _places(self) -> dict[str, ResultPaths]:
        """Where the results of each go: where the commands put them for the same inputs."""
        studio, session = self._session.settings, self._session
        base = find_raws(studio.inputs, batch=True, recursive=studio.recursive).base
        pictures = list(session.pictures.values())
        names = result_names([picture.path for picture in pictures], base)
        return {
            picture.id: ResultPaths(
                studio.output, names[picture.path], picture.path, source_of(picture.path)
            )
            for picture in pictures
        }

    def _read(self, item: _Item, report: BatchReport, job: Job) -> _Item:
        if job.is_cancelled:
            raise InputError("cancelled")
        job.step_back()
        raw = item.picture.checked_path()
        self._check_ours(item.paths, report)
        with RawPicture(raw) as opened:
            item.shot, item.metadata = opened.shot, opened.metadata
            for files, output in self._sizes(item.paths):
                pixels = opened.linear_prophoto(
                    output.max_size, item.record.process, output.demosaic
                )
                item.renders.append((files, output, pixels))
        return item

    def _sizes(self, paths: ResultPaths) -> list[tuple[list[Path], PictureOutput]]:
        """The files of each size, the smaller first, after which LibRaw's memory is free."""
        files = wanted_pictures(self._settings, paths)
        if self._wanted.jpeg_side is None:
            return [(files, self._settings.pictures)] if files else []
        jpegs = [file for file in files if file == paths.jpeg]
        others = [file for file in files if file != paths.jpeg]
        sizes = (jpegs, self._wanted.jpegs()), (others, self._settings.pictures)
        return [(these, output) for these, output in sizes if these]

    def _check_ours(self, paths: ResultPaths, report: BatchReport) -> None:
        """Raise InputError where a file would be replaced that may not be this picture's."""
        owner = report.owner(paths.name)
        assert paths.raw is not None
        with contextlib.suppress(OSError):
            if owner is not None and owner.samefile(paths.raw):
                return
        for file in wanted_files(self._settings, paths):
            if file.is_file() and file != paths.in_place:
                raise InputError(f"{file}: is there already, and not of this picture; move it")

    def _edit(self, item: _Item, device: str) -> _Item:
        record, shot = item.record, item.shot
        if item.renders and (look := find_look(record.look, self._session.looks)) is not None:
            record = replace(record, params=with_look(record.params, look))
            shot = shot.with_look(look)
        item.renders = [
            (files, output, render_pictures(pixels, record, files, output, device, shot))
            for files, output, pixels in item.renders
        ]
        return item

    def _kinds(self, item: _Item) -> list[str]:
        kinds = kinds_of(item.paths)
        return [kinds[file] for file in wanted_files(self._settings, item.paths)]

    def _write(self, item: _Item) -> None:
        raw, record, shot = item.picture.path, item.record, item.shot
        # Of its pixels only a preview is made, and none is written.
        edit = Prediction(raw, record, np.empty((0, 0, 3), np.float32), shot)
        in_place = export(edit, item.paths, self._settings, item.metadata)
        if in_place is not None:
            self._in_place.append(in_place)
        for files, output, pixels in item.renders:
            save_pictures(raw, pixels, record, files, output, item.metadata, shot)
        item.renders = []

    def _enter(
        self,
        result: ItemResult[str],
        places: Mapping[str, ResultPaths],
        report: BatchReport,
        job: Job,
    ) -> bool:
        """Tell what became of a picture, and of a failed one the report; whether it failed."""
        picture, _ = self._edits[result.item]
        for line in dict.fromkeys(result.warnings):
            job.complain(about(picture.path, line), "warning")
        if result.error is not None and not job.is_cancelled:
            line = about(picture.path, one_line(result.error))
            job.complain(line)
            report.failed(places[result.item].name, picture.path, line)
        if result.error is None or not job.is_cancelled:
            job.step(picture.name)
        return result.error is not None and not job.is_cancelled

    def _accepted(self, item: _Item, report: BatchReport) -> None:
        """Enter a picture that is written into report and journal."""
        picture, name = item.picture, item.paths.name
        made = self._made_with(report.made_with(name), item.paths)
        facts = {"camera": picture.facts.camera, "by": BY, **made}
        report.finished(name, picture.path, item.record, **facts)
        session = self._session
        with session.lock:
            state = replace(picture.state, accepted=edit_digest(item.record))
            session.set_states({picture.id: state}, "accepted", undoable=False)

    def _made_with(self, before: Any, paths: ResultPaths) -> dict[str, Any]:
        """Of the report's entry: commands know nothing of what is handed over here, and leave it
        as the photographer's."""
        if not isinstance(before, dict) or not isinstance(before.get("outputs"), dict):
            return {}
        kinds = kinds_of(paths)
        ours = {kinds[file] for file in wanted_files(self._settings, paths)}
        outputs = {kind: made for kind, made in before["outputs"].items() if kind not in ours}
        return {"made_with": {**before, "outputs": outputs}}
