"""Camera Raw's process versions, by their number in the settings (6.7 is process version 3)."""

from collections.abc import Mapping

from params.ranges import SLIDER_NAMES

FIRST_2012 = 6.7
_OLD_NAMES = ("Exposure", "Brightness", "Contrast", "Shadows", "FillLight")


def version_number(text: object) -> float:
    """A version's first two numbers as one; 0 for what is none."""
    try:
        return float(".".join(str(text).split(".")[:2]))
    except ValueError:
        return 0.0


def holds_settings(fields: Mapping[str, str | list[str]]) -> bool:
    """Whether fields are Camera Raw's settings of today, and not a word or two of a converter's.

    They are if they say their version, or hold anything that came with process version 3. exiftool
    copies a camera's kelvin into a sidecar that nobody has edited.
    """
    return any(name in ("Version", "ProcessVersion") or "2012" in name for name in fields)


def is_before_2012(fields: Mapping[str, str | list[str]]) -> bool:
    """Whether settings are of process version 1 or 2, whose sliders mean something else.

    Without a version: by their names. fields: as params.xmp_packet.read_fields gives them.
    """
    version = version_number(fields.get("ProcessVersion"))
    if version:
        return version < FIRST_2012
    newer = any(name in fields for name in SLIDER_NAMES if "2012" in name)
    return not newer and any(name in fields for name in _OLD_NAMES)
