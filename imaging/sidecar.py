"""XMP that the photographer already has for a RAW file."""

import os
import shutil
from pathlib import Path

from imaging.metadata import Metadata
from params.files import InputError, replacing
from params.xmp_packet import SIZE_LIMIT


def sidecar_of(raw: Path) -> Path | None:
    """The XMP sidecar beside a RAW file, photo.xmp beside photo.nef, when there is one."""
    for suffix in (".xmp", ".XMP"):
        sidecar = raw.with_suffix(suffix)
        if sidecar.is_file():
            return sidecar
    return None


def existing_packet(raw: Path, metadata: Metadata) -> tuple[bytes | None, str]:
    """The settings to start from: the RAW's sidecar, else what it embeds.

    Returns:
        (the packet, what error messages call it).

    Raises:
        InputError: the sidecar is there and cannot be read.
    """
    sidecar = sidecar_of(raw)
    if sidecar is None:
        return metadata.xmp, f"{raw}: embedded XMP"
    try:
        if sidecar.stat().st_size > SIZE_LIMIT:
            raise InputError(f"{sidecar}: too large for an XMP sidecar")
        return sidecar.read_bytes(), str(sidecar)
    except OSError as error:
        raise InputError(f"{sidecar}: {error.strerror or error}") from error


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
        with replacing(backup) as temporary:
            shutil.copy2(path, temporary)
