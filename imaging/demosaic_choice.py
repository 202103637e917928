"""Which demosaic a RAW file gets: what was asked for, and what the file allows."""

from typing import Any

from imaging.demosaic import MOSAIC_SIDE
from imaging.demosaic_names import AHD, AUTO, GBTF, LIBRAW
from imaging.raw_file import LibRawFacts, RawFile


def is_bayer(facts: LibRawFacts) -> bool:
    """Whether a file has a Bayer mosaic of three colours and square pixels."""
    pattern, square = facts.pattern, facts.sizes.pixel_aspect == 1.0
    if facts.colors != 3 or not square or sorted(pattern.ravel()) != [0, 1, 2, 3]:
        return False
    return bool((pattern[0] % 2 == pattern[1, ::-1] % 2).all())  # greens touch at corners


def choose(file: RawFile, demosaic: str, camera_color: bool, *, told: bool = True) -> str:
    """One of GBTF and LibRaw's for a full-size decode, by what was asked for and the file allows.

    GBTF is for Bayer mosaics whose camera's colour is known; elsewhere "auto" is AHD. LibRaw has
    its own way with other mosaics than Bayer's (X-Trans: Markesteijn's) and with four colours,
    whatever it is asked for.

    Args:
        demosaic: one of imaging.demosaic_names.DEMOSAICS.
        camera_color: the colour matrix is ours, not LibRaw's.
        told: warn of what was asked for by name and cannot be had.

    Raises:
        InputError: LibRaw cannot read the file.
    """
    facts = file.facts()
    if not is_bayer(facts):
        if told and demosaic not in (AUTO, AHD):
            file.warn(f"has no Bayer mosaic: LibRaw's own way is used, not {demosaic}")
        return AHD
    if demosaic not in (AUTO, GBTF):
        return demosaic
    if camera_color and min(facts.sizes.height, facts.sizes.width) >= MOSAIC_SIDE:
        return GBTF
    if told and demosaic == GBTF:
        file.warn("gbtf needs the camera's colour, which edit process 2 has; ahd is used")
    return AHD


def libraw_options(demosaic: str) -> dict[str, Any]:
    """What rawpy's postprocess is told: one of LibRaw's, AHD where GBTF cannot be."""
    import rawpy

    name = LIBRAW.get(demosaic, LIBRAW[AHD])
    return {"demosaic_algorithm": rawpy.DemosaicAlgorithm[name]}
