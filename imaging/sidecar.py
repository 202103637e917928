"""XMP that the photographer already has for a RAW file: which packet is whose, which counts.

The rule, wherever XMP is looked for:

- photo.xmp, Adobe's name, before photo.nef.xmp, darktable's and digiKam's; case and the form of
  letters may differ where no file is named exactly so (params.file_names).
- A sidecar that several RAW files of its name share is that one's which it names, by
  SidecarForExtension or RawFileName; one that names none is not a DNG's beside another RAW file.
- A DNG's embedded settings count before its sidecars, because Lightroom writes them there.
  Otherwise sidecars count before what is embedded.
- A sidecar that is broken is an error. An embedded packet that is broken is not the
  photographer's to mend: a warning, and it counts as none.
"""

import contextlib
import functools
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from imaging.metadata import Metadata
from imaging.raw import RAW_SUFFIXES
from params.file_names import Folders, difference, folded
from params.files import InputError, replacing
from params.lock import locked
from params.process_version import holds_settings
from params.warn_once import warn_once
from params.xmp_facts import Facts, read_facts
from params.xmp_packet import read_fields, read_packet

log = logging.getLogger(__name__)

_folders = Folders()


@dataclass(frozen=True)
class Packet:
    """XMP of a RAW file. name: what error messages call it. file: the sidecar; None: embedded."""

    data: bytes
    name: str
    file: Path | None = None

    @functools.cached_property
    def fields(self) -> dict[str, str | list[str]]:
        """The settings. Raises InputError, as params.xmp_packet.read_fields."""
        return read_fields(self.data, self.name)

    @functools.cached_property
    def facts(self) -> Facts:
        """What it says beside them. Raises InputError, as params.xmp_facts.read_facts."""
        return read_facts(self.data, self.name)


def packets_of(
    raw: Path, embedded: Callable[[], bytes | None], sidecars: Sequence[Path] | None = None
) -> Iterator[Packet]:
    """A RAW file's packets, that which counts most first.

    embedded: gives what the file embeds; asked only when it comes to that.
    sidecars: of own_sidecars; None: not looked for yet.

    Raises:
        InputError: a sidecar cannot be read. An embedded packet that cannot is one warning.
    """
    first = None
    if _is_dng(raw):
        first = _embedded(raw, embedded())
        if first and holds_settings(first.fields):
            yield first
            first = None
        embedded = _nothing
    for sidecar in own_sidecars(raw) if sidecars is None else sidecars:
        yield Packet(read_packet(sidecar), str(sidecar), sidecar)
    last = first or _embedded(raw, embedded())
    if last:
        yield last


def is_readable(raw: Path, metadata: Metadata) -> bool:
    """Whether a RAW file embeds XMP that can be read; a warning where it cannot."""
    return _embedded(raw, metadata.xmp) is not None


def existing_packet(raw: Path, metadata: Metadata) -> tuple[bytes | None, str]:
    """The packet that counts most, and what error messages call it; a warning names the others.

    Raises:
        InputError: as packets_of.
    """
    sidecars = own_sidecars(raw)
    for packet in packets_of(raw, lambda: metadata.xmp, sidecars):
        for other in sidecars:
            if other != packet.file:
                what = packet.file or "what is embedded"
                warn_once(log, f"{other}: not read, because {what} counts")
        return packet.data, packet.name
    return None, f"{raw}: embedded XMP"


def own_sidecars(raw: Path) -> list[Path]:
    """The sidecars beside a RAW file that are its own, that which counts most first."""
    return [*_named(raw, raw.stem), *_named(raw, raw.name)]


def sidecar_of(raw: Path) -> Path | None:
    """The sidecar of Adobe's name, photo.xmp beside photo.nef, when there is one of this file."""
    return next(iter(_named(raw, raw.stem)), None)


def sidecar_to_write(raw: Path) -> Path:
    """Where a RAW file's sidecar goes: the one of Adobe's name that is there, else a new one.

    Raises:
        InputError: it is, or would be, that of another RAW file as well.
    """
    own = sidecar_of(raw)
    if own is not None and _says_whose(_facts(own), raw, []):
        return own
    rivals = _raws_like(raw.parent, raw.stem, raw)
    if rivals:
        raise InputError(f"{raw}: {rivals[0]} would have the same sidecar; not written")
    if own is not None:
        return own
    new = raw.with_suffix(".xmp")
    for name in _folders.of_stem(raw.parent, raw.stem):
        if name.lower().endswith(".xmp"):
            what = "the sidecar of another file" if raw.with_name(name).is_file() else "no file"
            raise InputError(f"{raw}: {name} is {what}; not written")
    return new


def keep_backup(path: Path) -> None:
    """Keep a file as `path`.bak before it is replaced; a backup that is there already stays.

    Raises:
        InputError: the folder refuses.
    """
    backup = path.with_name(f"{path.name}.bak")
    if not path.is_file() or backup.is_symlink() or backup.exists():
        return
    try:
        os.link(path, backup)  # replaced as a whole later, so that its old content stays here
    except FileExistsError:
        return
    except OSError:  # a disk without links
        with locked(backup):
            if not backup.exists():  # another process may have been here
                with replacing(backup) as temporary:
                    shutil.copy2(path, temporary)


def _nothing() -> None:
    return None


def _is_dng(raw: Path) -> bool:
    return raw.suffix.lower() == ".dng"


def _embedded(raw: Path, data: bytes | None) -> Packet | None:
    """What a file embeds, where it can be read; a warning where it cannot."""
    if not data:
        return None
    packet = Packet(data, f"{raw}: embedded XMP")
    try:
        _ = packet.fields, packet.facts
    except InputError as error:
        warn_once(log, f"{error}; not used")
        return None
    return packet


def _named(raw: Path, stem: str) -> list[Path]:
    """A RAW file's own sidecars stem.xmp: those whose name is nearest to that."""
    near: dict[int, list[Path]] = {}
    for name in _folders.of_stem(raw.parent, stem):
        path = raw.with_name(name)
        if path.suffix.lower() == ".xmp" and path.is_file() and _is_of(path, raw, stem):
            near.setdefault(difference(path.stem, stem), []).append(path)
    if not near:
        return []
    return sorted(near[min(near)], key=lambda path: path.suffix != ".xmp")


def _is_of(sidecar: Path, raw: Path, stem: str) -> bool:
    """Whether a sidecar, whose stem is like `stem`, is this RAW file's and not another's."""
    by_stem = _raws_like(raw.parent, stem, raw)
    by_name = _raws_like(raw.parent, os.path.splitext(stem)[0], raw, whole=stem)
    far = difference(sidecar.stem, stem)
    nearer = any(difference(sidecar.stem, Path(name).stem) < far for name in by_stem)
    nearer |= any(difference(sidecar.stem, name) < far for name in by_name)
    if nearer:
        return False
    rivals = [*by_stem, *by_name]
    if stem != raw.stem and not rivals:
        return True  # photo.nef.xmp says it all
    said = _says_whose(_facts(sidecar), raw, rivals)
    if said is not None:
        return said
    if stem != raw.stem or by_name:  # photo.dng.xmp beside photo.dng and photo.dng.nef
        return stem != raw.stem
    return not (_is_dng(raw) and any(not _is_dng(Path(name)) for name in by_stem))


def _raws_like(folder: Path, stem: str, but: Path, whole: str | None = None) -> list[str]:
    """Other RAW files whose stem, or with `whole` whose name, looks the same."""
    return [
        name
        for name in _folders.of_stem(folder, stem)
        if Path(name).suffix.lower() in RAW_SUFFIXES
        and name != but.name
        and (whole is None or folded(name) == folded(whole))
    ]


def _says_whose(facts: Facts, raw: Path, rivals: list[str]) -> bool | None:
    """Whether a sidecar says that it is this file's; None where it does not say whose it is."""
    extension = (facts.sidecar_for or "").strip(". ").casefold()
    if extension:
        return extension == raw.suffix[1:].casefold()
    named = folded(PureWindowsPath(facts.raw_name or "").name)
    if named == folded(raw.name):
        return True
    return False if named in map(folded, rivals) else None


def _facts(sidecar: Path) -> Facts:
    """What a sidecar says; nothing where it cannot be read, which is told when it is used."""
    with contextlib.suppress(InputError):
        return read_facts(read_packet(sidecar), str(sidecar))
    return Facts()
