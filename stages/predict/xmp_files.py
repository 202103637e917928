"""An edit's XMP on disk: a sidecar or inside a DNG, in the output folder or beside the RAW."""

import contextlib
import difflib
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imaging.camera import Shot
from imaging.dng_xmp import embed_xmp
from imaging.metadata import Metadata, read_metadata
from imaging.sidecar import existing_packet, is_readable, keep_backup, sidecar_to_write
from params.edit_process import edit_process
from params.files import InputError, hidden_beside, replacing
from params.panels import panel_names
from params.record import Record
from params.xmp import record_to_xmp
from params.xmp_packet import Field, read_fields, read_packet
from params.xmp_rendered import rendered_packet
from params.xmp_text import finite
from stages.predict.result_paths import ResultPaths, embeds, xmp_result
from stages.predict.settings import XmpOutput

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class XmpChange:
    """A packet made for a RAW, and what it starts from.

    file: the sidecar to write, or with `dng` the copy of the DNG that takes the packet.
    """

    file: Path
    dng: Path | None
    old: bytes | None
    old_name: str
    new: bytes

    def write(self) -> None:
        """Write it as a whole. Raises InputError when the folder or the DNG refuses."""
        if self.dng:
            embed_xmp(self.dng, self.new, self.file)
        else:
            write_bytes(self.file, self.new)

    def difference(self) -> str:
        """What changes in the settings, as a unified diff; empty when nothing does.

        A value that is only written otherwise (white space, +5 and 5) does not change.
        """
        was = read_fields(self.old, self.old_name) if self.old else {}
        fields = read_fields(self.new, str(self.file))
        same = {key: was[key] for key in fields if key in was and _alike(was[key], fields[key])}
        old = _lines(was)
        return "\n".join(
            difflib.unified_diff(
                old,
                _lines(fields | same),
                self.old_name if self.old else "no settings",
                str(self.file),
                lineterm="",
                n=0,
            )
        )


def change_xmp(
    raw: Path,
    record: Record,
    shot: Shot,
    metadata: Metadata,
    paths: ResultPaths,
    output: XmpOutput,
) -> XmpChange:
    """The edit merged into what the RAW has, and the file that it goes to.

    Raises:
        InputError: XMP that is there cannot be read, or the edit goes in place and another
            RAW file would have the same sidecar.
    """
    embed = embeds(output, raw)
    file = xmp_result(output, paths)
    if output.in_place:
        file = Path(os.path.realpath(raw if embed else sidecar_to_write(raw)))
    old: bytes | None
    # What is replaced in place is the photographer's: nothing that it holds is lost, and where
    # it cannot be read it stays.
    if embed and metadata.xmp is not None and (output.in_place or is_readable(raw, metadata)):
        old, old_name = metadata.xmp, f"{raw}: embedded XMP"
    elif output.in_place and not embed and file.is_file():
        old, old_name = read_packet(file), str(file)
    else:
        old, old_name = existing_packet(raw, metadata)
    new = record_to_xmp(
        replace(record, held=_written(record, output)),
        camera=shot.color,
        neutral=shot.neutral,
        base=(old, old_name),
        curve=output.curve,
        warn=lambda line: log.warning("%s: %s", raw, line),
    )
    return XmpChange(file, raw if embed else None, old, old_name, new)


def only_written(record: Record, output: XmpOutput) -> Record:
    """The edit without panels that its XMP is not to have: what pictures are rendered with."""
    if output.panels is None:
        return record
    left = panel_names(p for p in edit_process(record.process).panels if p not in output.panels)
    return replace(record, params={k: v for k, v in record.params.items() if k not in left})


def _written(record: Record, output: XmpOutput) -> tuple[str, ...] | None:
    """The panels of an edit that its XMP is to have; None: all."""
    if output.panels is None or record.held is None:
        return output.panels or record.held
    return tuple(panel for panel in record.held if panel in output.panels)


def write_xmp(
    raw: Path,
    record: Record,
    shot: Shot,
    metadata: Metadata,
    paths: ResultPaths,
    output: XmpOutput,
) -> Path | None:
    """Write an edit's XMP; what was written in place. Raises InputError, as change_xmp."""
    change = change_xmp(raw, record, shot, metadata, paths, output)
    if not output.in_place:
        change.write()
        return None
    begun = hidden_beside(paths.in_place, "begun")
    # Else what a run wrote, maybe one that was killed, and not the photographer's.
    if not (_holds(begun, change.file) or _holds(paths.in_place, change.file)):
        keep_backup(change.file)
    write_bytes(begun, change.new)
    try:
        change.write()
    except InputError:
        with contextlib.suppress(OSError):
            begun.unlink()
        raise
    try:
        os.replace(begun, paths.in_place)  # last: its presence says that the other is done
    except OSError as error:
        raise InputError(f"{paths.in_place}: cannot be written: {error.strerror}") from error
    return change.file


def _holds(begun: Path, sidecar: Path) -> bool:
    """Whether a sidecar is what a run was about to write, or has written."""
    try:
        return begun.read_bytes() == sidecar.read_bytes()
    except OSError:
        return False


def changed_since(output: XmpOutput, paths: ResultPaths) -> bool:
    """Whether what write_xmp wrote in place is there no longer, but something else is.

    Also where that cannot be told: then it is not ours to replace.
    """
    assert paths.raw is not None
    try:
        if embeds(output, paths.raw):
            there = read_metadata(paths.raw).xmp
        else:
            file = sidecar_to_write(paths.raw)
            there = file.read_bytes() if file.exists() else None
        return there is not None and there != paths.in_place.read_bytes()
    except (InputError, OSError):
        return True


def written_in_place(files: Sequence[Path]) -> str:
    """A line on files that write_xmp has written in place: how many, and where."""
    sidecars = sum(file.suffix.lower() != ".dng" for file in files)
    counts = {"sidecar": sidecars, "DNG": len(files) - sidecars}
    what = " and ".join(f"{n} {name}{'s'[: n != 1]}" for name, n in counts.items() if n)
    folders = {str(file.parent.absolute()) for file in files}
    where = folders.pop() if len(folders) == 1 else ""
    with contextlib.suppress(ValueError):  # several drives, on Windows
        where = where or f"folders below {os.path.commonpath(folders)}"
    return f"{what} written in place, in {where or 'several folders'}"


def applied_packet(raw: Path, record: Record, shot: Shot, metadata: Metadata) -> bytes | None:
    """XMP for a picture rendered from a RAW: what is true of it, and the edit as applied.

    None, with a warning, where what the RAW has cannot be read.
    """
    try:
        base, name = existing_packet(raw, metadata)
        return record_to_xmp(
            record,
            camera=shot.color,
            neutral=shot.neutral,
            base=(None if base is None else rendered_packet(base, name), name),
            applied=True,
            warn=log.debug,  # the warning belongs to the sidecar
        )
    except InputError as error:
        log.warning("%s; left out of the picture", error)
        return None


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically, with the attributes of an old one. Raises InputError."""
    with replacing(path, like_old=True) as temporary:
        temporary.write_bytes(data)


def _alike(one: Field, other: Field) -> bool:
    return _value(one) == _value(other)


def _value(field: Field) -> list[float | str]:
    """What a field says, whatever blanks are in it and however its numbers are written."""
    texts = [field] if isinstance(field, str) else field or ()
    words = [word for text in texts for part in text.split(",") for word in (part.split() or [""])]
    numbers = map(finite, words)
    return [w if number is None else number for w, number in zip(words, numbers, strict=True)]


def _lines(fields: Mapping[str, Field]) -> list[str]:
    return [
        f"{key} = {value if isinstance(value, str) else '; '.join(value or ())}"
        for key, value in sorted(fields.items())
    ]
