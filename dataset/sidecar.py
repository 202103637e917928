"""XMP that the photographer already has for a RAW file."""

from pathlib import Path

from imaging.metadata import Metadata
from params.files import InputError
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
