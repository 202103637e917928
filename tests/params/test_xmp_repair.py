import pytest
from lightroom import packet

from params.files import InputError
from params.xmp_packet import merge_fields, read_fields
from params.xmp_repair import repaired

GOOD = packet({"Exposure2012": "+1.00", "CameraProfile": "Öl &#228; &amp; 日本"})


def test_good_bytes_stay_as_they_are():
    assert repaired(GOOD) == GOOD


def test_many_stray_bytes_take_no_time():
    assert repaired(b"\xe9" * 10**6) == "é".encode() * 10**6


@pytest.mark.parametrize("bad", [b"\xff", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x00\x01"])
def test_any_byte_becomes_one_that_xml_allows(bad):
    data = GOOD.replace(b"+1.00", b"+1.00").replace("Öl".encode(), bad)
    assert read_fields(data, "x")["Exposure2012"] == "+1.00"


@pytest.mark.parametrize("code", ["&#0;", "&#x0;", "&#x1f;", "&#xD800;", "&#xFFFF;", "&#x110000;"])
def test_references_to_no_character(code):
    data = GOOD.replace(b"&#228;", code.encode())
    assert read_fields(data, "x")["CameraProfile"] == "Öl   & 日本"


def test_what_is_written_is_clean(caplog):
    data = merge_fields(GOOD.replace("Öl".encode(), b"\xd6l"), {"Tint": "+3"}, "mended once.xmp")
    assert read_fields(data, "x")["CameraProfile"] == "Öl ä & 日本"
    assert [r.message for r in caplog.records] == [
        "mended once.xmp: it holds bytes that are not XML: repaired"
    ]


def test_a_broken_packet_with_stray_bytes_is_still_broken():
    with pytest.raises(InputError, match=r"x\.xmp: not XMP"):
        read_fields(GOOD[:-40].replace("Öl".encode(), b"\xff"), "x.xmp")
