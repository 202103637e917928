"""Whose sidecar is whose, and which of a file's packets counts."""

import unicodedata
from pathlib import Path

import pytest
from lightroom import packet

from imaging.metadata import Metadata
from imaging.sidecar import (
    existing_packet,
    own_sidecars,
    packets_of,
    sidecar_of,
    sidecar_to_write,
)
from params.files import InputError

EDITED = {"ProcessVersion": "11.0", "Exposure2012": "+1.00"}
WORDS = packet({}, more='xmp:Rating="4"')
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Müller_01") for form in ("NFC", "NFD"))


def says(extension: str = "", raw_name: str = "") -> bytes:
    more = f'photoshop:SidecarForExtension="{extension}"' if extension else ""
    return packet(EDITED | ({"RawFileName": raw_name} if raw_name else {}), more=more)


def put(folder: Path, files: dict[str, bytes | None]) -> None:
    """RAW files (without content: nobody looks inside) and sidecars."""
    for name, data in files.items():
        (folder / name).write_bytes(b"raw" if data is None else data)


def own(folder: Path, raw: str) -> list[str]:
    return [path.name for path in own_sidecars(folder / raw)]


@pytest.mark.parametrize(
    ("raw", "files", "expected"),
    [
        ("a.nef", {"a.xmp": WORDS}, ["a.xmp"]),
        ("a.nef", {"a.XMP": WORDS}, ["a.XMP"]),
        ("a.nef", {"a.Xmp": WORDS}, ["a.Xmp"]),
        ("a.nef", {"a.nef.xmp": WORDS}, ["a.nef.xmp"]),
        ("a.nef", {"a.NEF.XMP": WORDS}, ["a.NEF.XMP"]),
        ("a.nef", {"a.nef.xmp": WORDS, "a.xmp": WORDS}, ["a.xmp", "a.nef.xmp"]),
        ("A.NEF", {"a.xmp": WORDS}, ["a.xmp"]),
        ("A.NEF", {"a.xmp": WORDS, "A.XMP": WORDS}, ["A.XMP"]),
        (f"{COMPOSED}.nef", {f"{DECOMPOSED}.xmp": WORDS}, [f"{DECOMPOSED}.xmp"]),
        (f"{DECOMPOSED}.nef", {f"{COMPOSED}.xmp": WORDS}, [f"{COMPOSED}.xmp"]),
        (f"{DECOMPOSED}.nef", {f"{COMPOSED}.NEF.xmp": WORDS}, [f"{COMPOSED}.NEF.xmp"]),
        (f"{DECOMPOSED.upper()}.NEF", {f"{COMPOSED}.xmp": WORDS}, [f"{COMPOSED}.xmp"]),
        # Duplicates of darktable, versions of others, and names that only begin alike.
        ("a.nef", {"a_01.nef.xmp": WORDS, "a-1.xmp": WORDS, "ab.xmp": WORDS, "a.": WORDS}, []),
        ("a.nef", {"a.xmp.bak": WORDS, "a.tif.xmp": WORDS, "a.dng.xmp": WORDS}, []),
        ("a.b.nef", {"a.b.xmp": WORDS, "a.xmp": WORDS}, ["a.b.xmp"]),
        # What it says of itself.
        ("a.nef", {"a.xmp": says("NEF")}, ["a.xmp"]),
        ("a.nef", {"a.xmp": says(".nef")}, ["a.xmp"]),
        ("a.dng", {"a.xmp": says("NEF")}, []),
        ("a.dng", {"a.dng.xmp": says("NEF")}, ["a.dng.xmp"]),  # copied there by darktable
        ("a.nef", {"a.xmp": says(raw_name="old name.NEF")}, ["a.xmp"]),  # renamed with it
        # A sidecar that two RAW files share.
        ("a.nef", {"a.dng": None, "a.xmp": says("NEF")}, ["a.xmp"]),
        ("a.dng", {"a.nef": None, "a.xmp": says("NEF")}, []),
        ("a.dng", {"a.nef": None, "a.xmp": says("DNG")}, ["a.xmp"]),
        ("a.nef", {"a.dng": None, "a.xmp": says("dng")}, []),
        ("a.dng", {"a.nef": None, "a.xmp": says(raw_name="A.NEF")}, []),
        ("a.nef", {"a.dng": None, "a.xmp": says(raw_name="D:\\p\\A.NEF")}, ["a.xmp"]),
        ("a.dng", {"a.nef": None, "a.xmp": says(raw_name="a.dng")}, ["a.xmp"]),
        ("a.dng", {"A.NEF": None, "a.xmp": says("NEF")}, []),
        ("a.dng", {"a.nef": None, "a.xmp": WORDS}, []),
        ("a.nef", {"a.dng": None, "a.xmp": WORDS}, ["a.xmp"]),
        ("a.dng", {"a.nef": None, "a.xmp": b"broken"}, []),
        ("a.dng", {"a.jpg": None, "a.tif": None, "a.xmp": WORDS}, ["a.xmp"]),
        ("a.dng", {"a.nef": None, "a.dng.xmp": WORDS, "a.xmp": WORDS}, ["a.dng.xmp"]),
        # Nearer to another RAW file.
        ("A.nef", {"a.nef": None, "a.xmp": WORDS}, []),
        ("a.nef", {"A.nef": None, "a.xmp": WORDS}, ["a.xmp"]),
        (f"{COMPOSED}.nef", {f"{DECOMPOSED}.nef": None, f"{DECOMPOSED}.xmp": WORDS}, []),
        ("a.dng.nef", {"a.dng": None, "a.dng.xmp": WORDS}, []),
        ("a.dng", {"a.dng.nef": None, "a.dng.xmp": WORDS}, ["a.dng.xmp"]),
        ("a.dng.nef", {"a.dng": None, "a.dng.xmp": says("NEF")}, ["a.dng.xmp"]),
        ("a.dng", {"a.dng.nef": None, "a.dng.xmp": says("NEF")}, []),
    ],
)
def test_whose_it_is(tmp_path, raw, files, expected):
    put(tmp_path, {raw: None, **files})
    if len({name.lower() for name in (raw, *files)}) < 1 + len(files) and _folds(tmp_path):
        pytest.skip("this disk does not tell these names apart")
    assert own(tmp_path, raw) == expected


def _folds(folder: Path) -> bool:
    (folder / "case").touch()
    return (folder / "CASE").exists()


def test_a_sidecar_that_has_just_come_or_gone(tmp_path):
    put(tmp_path, {"a.nef": None})
    assert sidecar_of(tmp_path / "a.nef") is None
    put(tmp_path, {"a.xmp": WORDS})
    assert sidecar_of(tmp_path / "a.nef") == tmp_path / "a.xmp"
    (tmp_path / "a.xmp").unlink()
    assert sidecar_of(tmp_path / "a.nef") is None
    assert sidecar_of(tmp_path / "none" / "a.nef") is None


@pytest.mark.parametrize(
    ("raw", "embedded", "sidecars", "expected"),
    [
        ("a.dng", says(), ["a.xmp", "a.dng.xmp"], ["", "a.xmp", "a.dng.xmp"]),
        ("a.DNG", says(), ["a.xmp"], ["", "a.xmp"]),
        ("a.dng", WORDS, ["a.xmp", "a.dng.xmp"], ["a.xmp", "a.dng.xmp", ""]),
        ("a.nef", says(), ["a.xmp", "a.nef.xmp"], ["a.xmp", "a.nef.xmp", ""]),
        ("a.nef", None, ["a.xmp"], ["a.xmp"]),
        ("a.dng", b"", ["a.xmp"], ["a.xmp"]),
        ("a.dng", WORDS, [], [""]),
        ("a.dng", None, [], []),
    ],
)
def test_which_packet_counts_first(tmp_path, raw, embedded, sidecars, expected):
    put(tmp_path, {raw: None, **dict.fromkeys(sidecars, WORDS)})
    found = list(packets_of(tmp_path / raw, lambda: embedded))
    assert [packet.file.name if packet.file else "" for packet in found] == expected


LOL = b"".join(b'<!ENTITY l%d "&l%d;&l%d;&l%d;">' % (i + 1, i, i, i) for i in range(20))
BROKEN = {
    "cut short": says()[:-60],
    "after the end": says() + b"<more/>",
    "two packets": says() + says(),
    "not XML": b"\x89PNG\r\n" * 9,
    "filled with nothing": b"\0" * 512,
    "spaces": b" " * 512,
    "other letters": b'<?xml version="1.0" encoding="x-none"?>' + says(),
    "half of UTF-16": says().decode().encode("utf-16")[:-301],
    "a lone ampersand": says().replace(b"+1.00", b"a & b"),
    "an unknown prefix": says().replace(b"crs:Exposure2012", b"who:Exposure2012"),
    "no rdf": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    "a document type": b"<!DOCTYPE x [" + LOL + b"]><x>&l20;</x>",
    "an entity of a file": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>',
    "too deep": b"<a>" * 100_000,
    "too large": b"<a>" + b" " * (17 << 20),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_inside_is_one_warning(tmp_path, caplog, kind):
    raw = tmp_path / "a.dng"
    put(tmp_path, {"a.dng": None})
    assert existing_packet(raw, Metadata(xmp=BROKEN[kind]))[0] is None
    assert existing_packet(raw, Metadata(xmp=BROKEN[kind]))[0] is None
    (line,) = caplog.messages
    assert "a.dng: embedded XMP: " in line
    assert line.endswith("; not used")
    put(tmp_path, {"a.xmp": WORDS})
    assert existing_packet(raw, Metadata(xmp=BROKEN[kind]))[0] == WORDS


def test_a_broken_sidecar_is_an_error(tmp_path):
    put(tmp_path, {"a.nef": None, "a.xmp": b"<x" * 9_000_000})
    with pytest.raises(InputError, match=r"a\.xmp: larger than 16 MiB"):
        existing_packet(tmp_path / "a.nef", Metadata())


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b" \n"])
def test_an_empty_sidecar_is_named_so(tmp_path, content):
    """What a disk leaves that was full, or lost its power; the settings may be elsewhere."""
    put(tmp_path, {"a.nef": None, "a.xmp": content})
    with pytest.raises(InputError, match=r"a\.xmp: the file is empty"):
        existing_packet(tmp_path / "a.nef", Metadata())


@pytest.mark.parametrize("kind", ["folder", "nowhere", "circle"])
def test_a_sidecars_name_that_is_no_file(tmp_path, kind):
    put(tmp_path, {"a.nef": None})
    if kind == "folder":
        (tmp_path / "a.xmp").mkdir()
    else:
        (tmp_path / "a.xmp").symlink_to("a.xmp" if kind == "circle" else "gone.xmp")
    with pytest.raises(InputError, match=r"a\.nef: a\.xmp is no file; not written"):
        sidecar_to_write(tmp_path / "a.nef")


def test_what_is_not_read_is_named(tmp_path, caplog):
    put(tmp_path, {"a.nef": None, "a.dng": None, "a.dng.xmp": WORDS, "a.xmp": WORDS})
    assert existing_packet(tmp_path / "a.nef", Metadata(xmp=says()))[1].endswith("a.xmp")
    assert caplog.messages == []
    assert existing_packet(tmp_path / "a.dng", Metadata(xmp=says()))[0] == says()
    (line,) = caplog.messages
    assert line.endswith("a.dng.xmp: not read, because what is embedded counts")


@pytest.mark.parametrize(
    ("raw", "files", "expected"),
    [
        ("a.nef", {}, "a.xmp"),
        ("a.nef", {"a.nef.xmp": WORDS}, "a.xmp"),
        ("a.nef", {"a.XMP": WORDS}, "a.XMP"),
        ("A.NEF", {"a.xmp": WORDS}, "a.xmp"),
        (f"{DECOMPOSED}.nef", {f"{COMPOSED}.xmp": WORDS}, f"{COMPOSED}.xmp"),
        ("a.nef", {"a.dng": None, "a.xmp": says("NEF")}, "a.xmp"),
        ("a.dng", {"a.nef": None, "a.xmp": says("NEF")}, "a.nef would have the same sidecar"),
        ("a.nef", {"a.dng": None, "a.xmp": WORDS}, "a.dng would have the same sidecar"),
        ("a.nef", {"A.dng": None}, "A.dng would have the same sidecar"),
        (f"{COMPOSED}.nef", {f"{DECOMPOSED}.dng": None}, f"{DECOMPOSED}.dng would have the same"),
        ("a.dng", {"a.xmp": says("NEF")}, "a.xmp is the sidecar of another file"),
    ],
)
def test_where_it_goes(tmp_path, raw, files, expected):
    put(tmp_path, {raw: None, **files})
    if expected.lower().endswith(".xmp"):
        assert sidecar_to_write(tmp_path / raw) == tmp_path / expected
    else:
        with pytest.raises(InputError, match=expected):
            sidecar_to_write(tmp_path / raw)
