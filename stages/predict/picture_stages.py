"""One RAW file predicted, exported and rendered: the three stages it goes through in a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from imaging.camera import Shot
from imaging.capture import camera_name
from imaging.metadata import Metadata
from jobs.pipeline import Stage
from params.record import Record
from params.xmp_white import shown_settings
from stages.predict.contact_sheet import Card, make_card
from stages.predict.decoded_raw import Begun, decode_raw
from stages.predict.prediction import SCENE, AnyPredictor, Prediction
from stages.predict.result_paths import ResultPaths, missing, wanted_pictures
from stages.predict.review_list import Review
from stages.predict.settings import PredictSettings
from stages.predict.write_results import export, render_pictures, render_preview, save_pictures
from stages.predict.xmp_files import only_written

# Of a record's `extra`, for the report.
_SAID = ("confidence", "confidence_by_panel", SCENE)


@dataclass
class PictureState:
    """One RAW file between the stages.

    files: full-size pictures to write.
    pixels: at full size, where there are `files`; the edit stage puts in their place what these
        are written from.
    edited: the proxy with the edit, where a preview is to be written.
    """

    raw: Path
    files: list[Path]
    metadata: Metadata
    shot: Shot
    proxy: np.ndarray
    pixels: np.ndarray | None = None
    edited: np.ndarray | None = None
    prediction: Prediction | None = None
    card: Card | None = None

    @property
    def camera(self) -> str:
        """Make and model, the make once; empty when unknown."""
        return camera_name(self.metadata)


class Written(NamedTuple):
    """A picture whose files are written.

    facts: for the report. in_place: the sidecar or DNG that was written in place, if one was.
    """

    record: Record
    facts: dict[str, Any]
    card: Card | None
    in_place: Path | None = None


@dataclass(frozen=True)
class PictureStages:
    """The three stages of a picture: read, edit, write.

    device: where pictures are rendered, torch's name of it.
    todo: the pictures and where their results go.
    again: pictures that were done before and only get a new card on the contact sheet, with
        the edits that they were given, where known.
    review: the list of pictures with little confidence.
    begins: told of each picture whose files are about to be written.
    finished: told of each picture, its edit and facts when all its files are written; the facts
        with what it was made with.
    begun: those that are being read at full size already.
    """

    settings: PredictSettings
    predictor: AnyPredictor
    device: str
    todo: Mapping[Path, ResultPaths]
    again: Mapping[Path, Record | None]
    review: Review
    begins: Callable[[Path], None]
    finished: Callable[[Path, Record, dict[str, Any]], dict[str, Any]]
    begun: dict[Path, Begun | None] = field(default_factory=dict)

    def missing(self, raw: Path, files: list[Path]) -> list[Path]:
        return missing(files, self.todo[raw], overwrite=self.settings.overwrite)

    def stages(self, jobs: int) -> list[Stage]:
        """The edit takes one at a time: it uses all cores, or the device, by itself. All that
        torch does is in its thread, for devices that want it so.
        """
        return [Stage(self.read, jobs), Stage(self.edit), Stage(self.write, jobs)]

    def read(self, raw: Path) -> PictureState:
        known = self.again.get(raw)
        process = known.process if known else self.predictor.process
        files = self.missing(raw, wanted_pictures(self.settings, self.todo[raw]))
        begun = self.begun.pop(raw, None)
        pictures = self.settings.pictures if files else None
        decoded = begun.result() if begun else decode_raw(raw, process, pictures=pictures)
        state = decoded.metadata, decoded.shot, decoded.proxy, decoded.pixels
        return PictureState(raw, files, *state)

    def edit(self, picture: PictureState) -> PictureState:
        raw, proxy, shot, device = picture.raw, picture.proxy, picture.shot, self.device
        if known := self.again.get(raw):
            found = Prediction(raw, known, proxy, shot)
        else:
            found = self.predictor.predict_from(raw, proxy, shot, picture.metadata)
            # Before its files are written: a killed run does not come back to a finished picture.
            self.review.note(raw, found.record)
        found = replace(found, record=only_written(found.record, self.settings.xmp))
        picture.prediction = found
        if picture.pixels is not None:
            pictures, files = self.settings.pictures, picture.files
            picture.pixels = render_pictures(
                picture.pixels, found.record, files, pictures, device, shot
            )
        if self.settings.preview and self.missing(raw, [self.todo[raw].preview]):
            picture.edited = render_preview(found, device)
        if self.settings.contact_sheet:
            picture.card = make_card(proxy, found.record, shot, device, picture.camera)
            if not known:
                picture.card["by"] = self.settings.by
        return picture

    def write(self, picture: PictureState) -> Written:
        """Write the files that are missing; the edit, its facts and card for report and sheet."""
        found, places = picture.prediction, self.todo[picture.raw]
        assert found is not None
        if picture.raw not in self.again:
            self.begins(picture.raw)
        in_place = export(found, places, self.settings, picture.metadata, picture.edited)
        if picture.pixels is not None:
            save_pictures(
                picture.raw,
                picture.pixels,
                found.record,
                picture.files,
                self.settings.pictures,
                picture.metadata,
                picture.shot,
            )
        extra = found.record.extra
        shot = picture.shot
        shown = shown_settings(found.record, shot.color, shot.neutral)
        facts = {"camera": picture.camera, "by": self.settings.by, "settings": shown}
        facts |= {name: extra[name] for name in _SAID if name in extra}
        if picture.raw not in self.again:
            facts = self.finished(picture.raw, found.record, facts)
        return Written(found.record, facts, picture.card, in_place)
