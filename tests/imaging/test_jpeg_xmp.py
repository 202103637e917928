import pytest
from lightroom import packet

from imaging.jpeg_xmp import read_jpeg_xmp
from params.files import InputError
from params.xmp_packet import read_fields

DIGEST = b"0123456789ABCDEF0123456789ABCDEF"


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(data) + 2).to_bytes(2, "big") + data


def standard(data: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + data)


def extended(data: bytes, offset: int, whole: int, digest: bytes = DIGEST) -> bytes:
    head = digest + whole.to_bytes(4, "big") + offset.to_bytes(4, "big")
    return segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + head + data)


def jpeg(*segments: bytes) -> bytes:
    exif = segment(0xE1, b"Exif\0\0MM\0*")
    return b"\xff\xd8" + exif + b"".join(segments) + b"\xff\xda\0\x02rest\xff\xd9"


def test_the_packet_is_found(tmp_path):
    path = tmp_path / "a.jpg"
    data = packet({"Exposure2012": "+1.00"})
    path.write_bytes(jpeg(segment(0xE0, b"JFIF\0"), standard(data), standard(b"another")))
    assert read_jpeg_xmp(path) == [data]


def test_a_long_packet_goes_on_in_its_own_extension(tmp_path):
    path = tmp_path / "a.jpg"
    short = packet(
        {},
        more='xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
        f' xmpNote:HasExtendedXMP="{DIGEST.decode()}"',
    )
    long = packet({"Exposure2012": "+1.00", "Note": "x" * 70000})
    parts = [extended(long[n : n + 60000], n, len(long)) for n in (0, 60000)]
    other = extended(b"<other/>", 0, 8, b"F" * 32)
    path.write_bytes(jpeg(other, standard(short), parts[1], parts[0]))
    found = read_jpeg_xmp(path)
    assert found == [short, long]
    assert read_fields(found[1], "x")["Exposure2012"] == "+1.00"


@pytest.mark.parametrize(
    "data",
    [
        jpeg(),
        b"\xff\xd8",
        b"\xff\xd8\xff\xe1",
        b"\xff\xd8\xff\xe1\0\0\0\0",
        jpeg(standard(b"x"))[:20],
        b"\xff\xd8" + b"\xff\xe2\0\2" * 10_000_000,
    ],
    ids=["none", "end", "cut", "no length", "cut inside", "endless"],
)
def test_without_a_packet(tmp_path, data):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    assert read_jpeg_xmp(path) == []


def test_memory_has_a_limit(tmp_path):
    path = tmp_path / "a.jpg"
    parts = [extended(bytes(60000), n * 60000, 0) for n in range(300)]
    path.write_bytes(jpeg(standard(DIGEST), *parts))
    assert read_jpeg_xmp(path) == [DIGEST]


def test_not_a_jpeg(tmp_path):
    path = tmp_path / "ü.jpg"
    path.write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=r"ü\.jpg: not a JPEG"):
        read_jpeg_xmp(path)
    with pytest.raises(InputError, match=r"none\.jpg: No such file"):
        read_jpeg_xmp(tmp_path / "none.jpg")
