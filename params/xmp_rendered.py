"""What of a photo's XMP stays true of a picture rendered from it."""

from typing import Any

from params.xmp_packet import descriptions, packet_of, parse_packet

_DC, _XMP = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
# Words about the photograph: title, keywords, place, rights, rating. No settings, sizes,
# histories or document numbers.
_KEPT = (
    _DC,
    _XMP,
    _PHOTOSHOP,
    "http://ns.adobe.com/xap/1.0/rights/",
    "http://ns.adobe.com/lightroom/1.0/",
    "http://ns.adobe.com/exif/1.0/aux/",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "http://ns.useplus.org/ldf/xmp/1.0/",
    "http://creativecommons.org/ns#",
)
_LEFT_OUT = frozenset(
    (
        f"{{{_DC}}}format",
        f"{{{_XMP}}}Thumbnails",
        f"{{{_XMP}}}CreatorTool",
        *(
            f"{{{_PHOTOSHOP}}}{name}"
            for name in ("SidecarForExtension", "EmbeddedXMPDigest", "LegacyIPTCDigest")
        ),
        *(f"{{{_PHOTOSHOP}}}{name}" for name in ("ICCProfile", "ColorMode", "DocumentAncestors")),
    )
)


def rendered_packet(data: bytes, name: str) -> bytes:
    """The packet with the fields only that are about the photograph, and GPS.

    Raises:
        InputError: not XMP; messages call it `name`.
    """
    root = parse_packet(data, name)
    tops = list(descriptions(root, name))
    for description in tops:
        for key in list(description.attrib):
            if key.startswith("{") and not _stays(key) and not key.endswith("#}about"):
                del description.attrib[key]
        for child in list(description):
            if not _stays(child.tag):
                description.remove(child)
        for other in [*description.itersiblings(), *description.itersiblings(preceding=True)]:
            if other not in tops:
                description.getparent().remove(other)
    return packet_of(root)


def _stays(tag: Any) -> bool:
    """Whether a field is kept; comments and the like, whose tag is no text, are not."""
    if not isinstance(tag, str) or tag in _LEFT_OUT:
        return False
    namespace, _, name = tag[1:].partition("}")
    return namespace in _KEPT or (namespace == _EXIF and name.startswith("GPS"))
