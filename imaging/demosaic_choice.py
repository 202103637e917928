"""Which demosaic a RAW file gets: the names that may be asked for, and what a file allows."""

from typing import Any

from imaging.demosaic import MOSAIC_SIDE
from imaging.raw_file import LibRawFacts, RawFile

AUTO, GBTF, AHD = "auto", "gbtf", "ahd"
# LibRaw's own, by rawpy's names.
_LIBRAW = {AHD: "AHD", "aahd": "AAHD", "dht": "DHT", "ppg": "PPG"}
DEMOSAICS = (AUTO, GBTF, *_LIBRAW)


def is_bayer(facts: LibRawFacts) -> bool:
    """Whether a file has a Bayer mosaic of three colours and square pixels."""
    square = facts.sizes.pixel_aspect == 1.0
    return facts.pattern.shape == (2, 2) and facts.colors == 3 and square


def choose(file: RawFile, demosaic: str, camera_color: bool, *, told: bool = True) -> str:
    """One of GBTF and LibRaw's for a full-size decode, by what was asked for and the file allows.

    GBTF is for Bayer mosaics whose camera's colour is known; elsewhere "auto" is AHD. LibRaw has
    its own way with other mosaics than Bayer's (X-Trans: Markesteijn's) and with four colours,
    whatever it is asked for.

    Args:
        demosaic: one of DEMOSAICS.
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

    name = _LIBRAW.get(demosaic, _LIBRAW[AHD])
    return {"demosaic_algorithm": rawpy.DemosaicAlgorithm[name]}
