"""What a picture's file says of it, for the grid: camera, date, exposure, rating and flag."""

import contextlib
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from fractions import Fraction
from typing import Any

from dataset.splits import Capture, capture_in
from imaging.capture import camera_name, capture_of, number_in
from imaging.exif_clean import DATE_TIME_ORIGINAL, FOCAL_LENGTH, LENS_MODEL
from imaging.exif_ifd import text_field
from imaging.metadata import DATE_TIME, Metadata
from imaging.raw_picture import RawPicture
from imaging.sidecar import packets_of
from params.files import InputError
from params.xmp_facts import parse_date

_LONGEST = 120  # characters of a text from a file


@dataclass(frozen=True)
class Facts:
    """What is known; empty, None and 0 where the file does not say.

    taken: what tells bursts, here as where edits are grouped to be learnt from.
    date: "2024-05-06T07:08:09". shutter: "1/640" or "2.5", in seconds. focal: in mm.
    rating: 0..5. flag: "", "pick" or "reject".
    """

    taken: Capture = field(default_factory=Capture)
    camera: str = ""
    date: str = ""
    iso: int | None = None
    shutter: str = ""
    aperture: float | None = None
    lens: str = ""
    focal: float | None = None
    rating: int = 0
    flag: str = ""

    def exif_json(self) -> dict[str, Any]:
        """For the page's picture view."""
        named = asdict(self)
        return {name: named[name] for name in ("shutter", "aperture", "lens", "focal")}


def read_facts(raw: RawPicture) -> Facts:
    """The facts of a RAW file and its sidecars. Never raises: what is odd is left out."""
    metadata = raw.metadata
    rating, flag = _rated(raw, metadata)
    return facts_of(metadata, rating, flag)


def facts_of(metadata: Metadata, rating: int = 0, flag: str = "") -> Facts:
    """The facts in metadata, with a rating and a flag."""
    capture = capture_of(metadata)
    texts = (text_field(metadata.exif, DATE_TIME_ORIGINAL), text_field(metadata.image, DATE_TIME))
    taken = next((date for text in texts if (date := parse_date(text))), None)
    focal = number_in(metadata.exif, FOCAL_LENGTH)
    by = capture_in(metadata)
    if by.time is None and taken is not None:  # of simpler files, whose only date is the file's
        by = replace(by, time=taken.replace(tzinfo=UTC).timestamp())
    return Facts(
        taken=by,
        camera=camera_name(metadata)[:_LONGEST],
        date=taken.isoformat() if taken else "",
        iso=round(capture["iso"]) if "iso" in capture else None,
        shutter=_seconds(capture.get("shutter")),
        aperture=round(capture["aperture"], 1) if "aperture" in capture else None,
        lens=text_field(metadata.exif, LENS_MODEL)[:_LONGEST],
        focal=None if focal is None else round(focal, 1),
        rating=rating,
        flag=flag,
    )


def _rated(raw: RawPicture, metadata: Metadata) -> tuple[int, str]:
    """Rating and flag of the packet that counts and says one."""
    with contextlib.suppress(InputError, OSError):
        for packet in packets_of(raw.path, lambda: metadata.xmp):
            facts = packet.facts
            if facts.rating is None and facts.pick is None:
                continue
            rejected = facts.pick == -1 or facts.rating == -1
            flag = "reject" if rejected else "pick" if facts.pick == 1 else ""
            return max(facts.rating or 0, 0), flag
    return 0, ""


def _seconds(shutter: float | None) -> str:
    if not shutter:
        return ""
    return f"{shutter:.3g}" if shutter >= 0.4 else f"1/{round(1 / Fraction(shutter))}"
