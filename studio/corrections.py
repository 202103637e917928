"""What the photographer decided, as edits to learn from: written beside the manifest, merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset.hold_out import SHARE
from dataset.lightroom.to_record import name_raws, split_of_capture
from dataset.manifest import Entry, read_manifest
from dataset.own_edits import OwnEdit, merge_edits, take_edit
from dataset.set_folder import Outputs
from jobs.messages import about, one_line
from params.files import InputError
from params.plain_names import plain_name
from params.record import Record
from params.xmp_facts import parse_date
from studio.jobs import Job
from studio.pictures import Picture
from studio.session import Session
from studio.settings import StudioSettings

ORIGIN = "studio"


@dataclass(frozen=True)
class Correction:
    """A picture and the edit that it is to have."""

    picture: Picture
    record: Record


def corrections(session: Session) -> list[Correction]:
    """The pictures whose edit the photographer made, or accepted as it was predicted.

    Rejected pictures are none.
    """
    with session.lock:
        return [
            Correction(picture, picture.edit)
            for picture in session.pictures.values()
            if picture.flag != "reject"
            and (picture.state.edit is not None or (picture.accepted and not picture.stale))
        ]


def manifest_of(settings: StudioSettings) -> Path:
    """Where corrections are taught to."""
    return settings.manifest or Outputs(settings.output).manifest


def taught(settings: StudioSettings) -> list[Entry]:
    """The manifest's edits of this photographer; none where there is no manifest."""
    manifest = manifest_of(settings)
    if not manifest.is_file():
        return []
    try:
        entries = read_manifest(manifest)
    except InputError:  # whoever learns from it is told
        return []
    return [entry for entry in entries if entry.fields["expert"] == settings.expert]


def save_corrections(session: Session, job: Job) -> str:
    """Write all corrections and enter them in the manifest; what came of it.

    One that is there already is left; one that was corrected further takes the place of the
    earlier. A picture that cannot be read costs a line.

    Raises:
        InputError: the manifest cannot be written.
    """
    settings = session.settings
    manifest = manifest_of(settings)
    outputs = Outputs(manifest.resolve().parent)
    outputs.sweep()
    found = corrections(session)
    job.total = len(found)
    edits = _as_edits(found, outputs, settings.expert)
    done, new = [], 0
    try:
        for edit in edits:
            job.check()
            job.step_back()
            try:
                new += take_edit(edit, outputs)
                done.append(edit)
            except InputError as error:
                job.complain(about(edit.raw, one_line(error)))
            job.step(edit.raw.name)
    finally:
        if done:  # also of those before it was cancelled
            lines = merge_edits(manifest, done, outputs)
    if not done:
        return "no correction could be kept" if edits else "nothing corrected or accepted yet"
    return f"{new} new or changed of {len(done)} corrections; {manifest}: {lines} lines"


def _as_edits(found: Sequence[Correction], outputs: Outputs, expert: str) -> list[OwnEdit]:
    sources = [source for _, source in outputs.sources()]
    names = name_raws([c.picture.path for c in found], {s["id"]: s["raw"] for s in sources})
    # The split that it has: a line is the same by its split, too.
    splits = {s["id"]: s["split"] for s in sources if s["expert"] == expert}
    edits = []
    for correction, name in zip(found, map(plain_name, names), strict=True):
        path, facts = correction.picture.path, correction.picture.facts
        split = splits.get(name) or split_of_capture(
            facts.camera, parse_date(facts.date), path, SHARE
        )
        edits.append(OwnEdit(name, split, expert, path, correction.record, ORIGIN))
    return edits
