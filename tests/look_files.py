"""Look profiles made by the tests: tables as Camera Raw's XMP holds them, from formulas."""

import hashlib
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from params.look_tables import _ALPHABET, GAMMAS, PRIMARIES

Color = Callable[[np.ndarray], np.ndarray]


def base85(data: bytes) -> str:
    text = []
    for i in range(0, len(data), 4):
        chunk = data[i : i + 4]
        value = int.from_bytes(chunk, "little")
        for _ in range(len(chunk) + 1):
            text.append(chr(_ALPHABET[value % 85]))
            value //= 85
    return "".join(text)


def packed(data: bytes, size: int | None = None) -> str:
    """A table's text; `size` to lie about it."""
    return base85(struct.pack("<I", len(data) if size is None else size) + zlib.compress(data, 9))


def table_id(data: bytes) -> str:
    return hashlib.md5(data).hexdigest().upper()


def look_block(
    entries: np.ndarray, encoding: int = 1, amounts: tuple[float, float] | None = (0.0, 2.0)
) -> bytes:
    """entries: [values, hues, saturations, 3]."""
    values, hues, saturations = entries.shape[:3]
    head = struct.pack("<5I", 0, 2 if amounts else 1, hues, saturations, values)
    tail = struct.pack("<I", encoding) + (struct.pack("<2d", *amounts) if amounts else b"")
    return head + entries.astype("<f4").tobytes() + tail


def rgb_block(
    divisions: int,
    color: Color,
    space: tuple[str, str] = ("adobe", "2.2"),
    *,
    extend: bool = False,
    amounts: tuple[float, float] = (0.0, 2.0),
    dimensions: int = 3,
) -> bytes:
    """color: what becomes of encoded colours [..., 3]."""
    grid = (np.arange(divisions) * 65535 + divisions // 2) // (divisions - 1)
    if dimensions == 1:
        even = np.repeat(grid[:, None], 3, axis=1)
    else:
        even = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), -1)
    wanted = np.rint(color(even / 65535.0).clip(0.0, 1.0) * 65535).astype(np.int64)
    stored = ((wanted - even) % 65536).astype("<u2")
    codes = PRIMARIES.index(space[0]), GAMMAS.index(space[1]), int(extend)
    tail = struct.pack("<3I2d", *codes, *amounts)
    return struct.pack("<4I", 1, 1, dimensions, divisions) + stored.tobytes() + tail


def fade(rgb: np.ndarray) -> np.ndarray:
    """A look of our own: blacks lifted, red in the shadows, blue paler."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    return np.stack(
        [0.05 + 0.9 * red, 0.02 + 0.93 * green + 0.05 * red * green, 0.1 + 0.75 * blue], -1
    )


UUID = "0123456789ABCDEF0123456789ABCDEF"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CRS = "http://ns.adobe.com/camera-raw-settings/1.0/"


def profile_xmp(
    name: str,
    tables: Mapping[str, bytes],
    settings: Mapping[str, str] | None = None,
    curve: Sequence[str] = (),
    uuid: str = UUID,
) -> bytes:
    """A profile's file. tables: blocks by field, LookTable or RGBTable."""
    fields = {"PresetType": "Look", "UUID": uuid, "SupportsAmount": "True", **(settings or {})}
    attributes = _attributes({**fields, **_table_fields(tables)})
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:crs="{_CRS}" {attributes}>'
        f"{_alt('Name', name)}{_alt('Group', 'Of tests')}{_curve(curve)}"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def sidecar_xmp(
    name: str,
    tables: Mapping[str, bytes],
    *,
    amount: str = "1",
    uuid: str = UUID,
    stub: bool = False,
    curve: Sequence[str] = (),
    own: str = "",
) -> bytes:
    """A photo's settings with a look; a stub names its tables and holds none."""
    fields = _table_fields(tables)
    ids = {key: text for key, text in fields.items() if not key.startswith("Table_")}
    blocks = {} if stub else {key: text for key, text in fields.items() if key not in ids}
    look = _attributes({"Name": name, "Amount": amount, "UUID": uuid, "SupportsAmount": "true"})
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:crs="{_CRS}" crs:Exposure2012="+0.50" {own} '
        f"{_attributes(blocks)}><crs:Look><rdf:Description {look}>{_alt('Group', 'Of tests')}"
        f'<crs:Parameters><rdf:Description crs:ProcessVersion="15.4" {_attributes(ids)}>'
        f"{_curve(curve)}</rdf:Description></crs:Parameters></rdf:Description></crs:Look>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def _table_fields(tables: Mapping[str, bytes]) -> dict[str, str]:
    fields = {field: table_id(block) for field, block in tables.items()}
    return fields | {f"Table_{table_id(block)}": packed(block) for block in tables.values()}


def _attributes(fields: Mapping[str, str]) -> str:
    return " ".join(f'crs:{key}="{text}"' for key, text in fields.items())


def _alt(name: str, text: str) -> str:
    return (
        f'<crs:{name}><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></crs:{name}>'
    )


def _curve(points: Sequence[str]) -> str:
    if not points:
        return ""
    items = "".join(f"<rdf:li>{point}</rdf:li>" for point in points)
    return f"<crs:ToneCurvePV2012><rdf:Seq>{items}</rdf:Seq></crs:ToneCurvePV2012>"
