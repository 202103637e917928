"""XMP packets as XML: parsed safely, a photo's own fields read and replaced.

Own fields stand directly in a top-level rdf:Description, as attributes or as elements; what is
nested in a Look, a preset or a mask is not the photo's own.
"""

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from params.files import InputError, read_bytes
from params.warn_once import warn_once
from params.xmp_repair import repaired

log = logging.getLogger(__name__)

CRS = "http://ns.adobe.com/camera-raw-settings/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# Of our own: which edit process the settings were made for,
# and when; whoever changes them later sets a later MetadataDate.
OURS, PROCESS = "tag:auto-acr,2026:xmp/", "{tag:auto-acr,2026:xmp/}Process"
DATE = "{tag:auto-acr,2026:xmp/}Date"
XMP = "http://ns.adobe.com/xap/1.0/"
METADATA_DATE = f"{{{XMP}}}MetadataDate"
SIZE_LIMIT = 16 * 2**20
# Beginnings and ends of elements in a packet, its descriptions, and the fields of one: tens of
# times what a photo of many masks has. References that mending looks at one by one.
MOST_MARKS, _MOST_DESCRIPTIONS, _MOST_FIELDS, _MOST_REFERENCES = 500_000, 500, 20_000, 200_000
# A field is one text, or a list of texts (rdf:Seq), or None for one to be removed.
Field = str | Sequence[str] | None

_EMPTY = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Auto ACR"><rdf:RDF xmlns:rdf="'
    f'{RDF}"><rdf:Description rdf:about="" xmlns:crs="{CRS}"/></rdf:RDF></x:xmpmeta>'
).encode()


def read_packet(path: Path) -> bytes:
    """The bytes of an XMP file. Raises InputError: unreadable, empty, or larger than SIZE_LIMIT."""
    data = read_bytes(path, SIZE_LIMIT)
    if not data.strip(b"\0 \t\r\n"):  # NULs: what a disk leaves that lost its power
        raise InputError(f"{path}: the file is empty")
    return data


def read_fields(data: bytes, name: str, namespace: str = CRS) -> dict[str, str | list[str]]:
    """The photo's own fields of a namespace, by name without prefix.

    A structure that is in use is an empty list; one that is not (Active, or CorrectionActive of
    all its parts, is False) is left out.

    Args:
        data: an XMP packet in UTF-8, UTF-16 or UTF-32, with or without its wrapper.
        name: what error messages call it.
        namespace: Camera Raw's, or another.

    Raises:
        InputError: not XML, not XMP, a document type declaration, or too large.
    """
    fields: dict[str, str | list[str]] = {}
    for description in descriptions(parse_packet(data, name), name):
        fields |= fields_of(description, namespace)
    return fields


def fields_of(element: Any, namespace: str = CRS) -> dict[str, str | list[str]]:
    """The fields that stand directly in one description, as read_fields gives them."""
    own = f"{{{namespace}}}"
    fields: dict[str, str | list[str]] = {}
    for child in itertools.islice(element.iterchildren(f"{own}*"), _MOST_FIELDS):
        items = child.findall(f"{{{RDF}}}Seq/{{{RDF}}}li")
        if _is_off(child, "Active") or (
            items and all(_is_off(i, "CorrectionActive") for i in items)
        ):
            continue
        if items:
            fields[_local(child.tag)] = [item.text or "" for item in items]
        elif len(child) == 0 and not any(key.startswith(own) for key in child.attrib):
            fields[_local(child.tag)] = (child.text or "").strip()
        else:
            fields[_local(child.tag)] = []
    return fields | {_local(key): t for key, t in element.attrib.items() if key.startswith(own)}


def merge_fields(data: bytes | None, fields: Mapping[str, Field], name: str) -> bytes:
    """A packet with these fields in place of its own; all else keeps its meaning.

    One element a line: darktable 4.2 reads a curve on one line as black.

    Args:
        data: the packet to start from; None starts an empty one.
        fields: what to set; None removes a field. Names are Camera Raw's, or "{namespace}name".
        name: what error messages call `data`.

    Raises:
        InputError: as read_fields.
    """
    from lxml import etree

    fields = {key if key[0] == "{" else f"{{{CRS}}}{key}": value for key, value in fields.items()}
    root = parse_packet(_EMPTY if data is None else data, name)
    tops = list(descriptions(root, name))
    for description in tops:
        for key in fields:
            description.attrib.pop(key, None)
            for child in description.findall(key):
                description.remove(child)
    target = next((d for d in tops if _has_prefix(d)), None)
    if target is None:
        rdf = next(root.iter(f"{{{RDF}}}RDF"))
        target = etree.SubElement(rdf, f"{{{RDF}}}Description", nsmap={"rdf": RDF, "crs": CRS})
        about = f"{{{RDF}}}about"
        target.set(about, tops[0].get(about, "") if tops else "")
    etree.register_namespace("autoacr", OURS)
    etree.register_namespace("xmp", XMP)
    for key, value in fields.items():
        if isinstance(value, str):
            target.set(key, value)
        elif value is not None:
            sequence = etree.SubElement(etree.SubElement(target, key), f"{{{RDF}}}Seq")
            for item in value:
                etree.SubElement(sequence, f"{{{RDF}}}li").text = item
    return packet_of(root)


def packet_of(root: Any) -> bytes:
    """The XML of a packet with its wrapper, one element a line, UTF-8."""
    from lxml import etree

    etree.indent(root, space=" ")
    text = etree.tostring(root, encoding="unicode", with_tail=False)
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{text}\n<?xpacket end="w"?>\n'
    ).encode()


def parse_packet(data: bytes, name: str) -> Any:
    """The root element of a packet; stray bytes in it are mended, with a warning.

    Raises:
        InputError: as read_fields but without an rdf:RDF.
    """
    from lxml import etree

    if len(data) > SIZE_LIMIT:
        raise InputError(f"{name}: larger than {SIZE_LIMIT // 2**20} MiB, not read as XMP")
    if data.count(b"<") > MOST_MARKS or data.count(b"&#") > _MOST_REFERENCES:
        raise InputError(f"{name}: more than {MOST_MARKS // 2:,} elements, not read as XMP")
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" not in data[:4]:
        data = data.removeprefix(b"\xef\xbb\xbf").strip(b"\0\t\r\n ")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            mended = repaired(data)
            if mended == data or b"\0" in data[:4]:
                raise
            root = etree.fromstring(mended, parser)
            warn_once(log, f"{name}: it holds bytes that are not XML: repaired")
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "empty"
        raise InputError(f"{name}: not XMP: {reason}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(f"{name}: not XMP: it declares a document type")
    return root


def descriptions(root: Any, name: str) -> Iterator[Any]:
    """The top-level descriptions, which hold the photo's own fields."""
    rdf = next(root.iter(f"{{{RDF}}}RDF"), None)
    if rdf is None:
        raise InputError(f"{name}: not XMP: it holds no rdf:RDF")
    return itertools.islice(rdf.iterchildren(f"{{{RDF}}}Description"), _MOST_DESCRIPTIONS)


def _is_off(structure: Any, switch: str) -> bool:
    """Whether a structure of Camera Raw's, in any of its forms, says that it is not in use."""
    inner = structure.find(f"{{{RDF}}}Description")
    key = f"{{{CRS}}}{switch}"
    for place in (structure, inner):
        text = None if place is None else place.get(key) or place.findtext(key)
        if text:
            return bool(text.strip().lower() in ("false", "0"))
    return False


def _has_prefix(element: Any) -> bool:
    return any(prefix and uri == CRS for prefix, uri in element.nsmap.items())


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
