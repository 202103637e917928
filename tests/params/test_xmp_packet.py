import pytest

from params.files import InputError
from params.xmp_packet import CRS, RDF, SIZE_LIMIT, merge_fields, read_fields, read_packet

# What Lightroom leaves beside a photograph, in little: several namespaces, a Look with settings
# of its own, a mask, crop, and one of our fields as an element.
OLD = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
<rdf:Description rdf:about="" xmlns:c="{CRS}" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" c:Version="15.4" c:Exposure2012="+1.00"
 c:Sharpness="40" c:CropTop="0.1" c:HasCrop="True">
<dc:subject><rdf:Bag><rdf:li>Nöel &amp; co</rdf:li></rdf:Bag></dc:subject>
<c:Contrast2012>+7</c:Contrast2012>
<c:ToneCurvePV2012><rdf:Seq><rdf:li>0, 10</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq>
</c:ToneCurvePV2012>
<c:Look><rdf:Description c:Name="Adobe Color" c:Exposure2012="-3.00"><c:Parameters>
<rdf:Description c:Saturation="+99"/></c:Parameters></rdf:Description></c:Look>
<c:MaskGroupBasedCorrections><rdf:Seq><rdf:li c:LocalExposure2012="0.5"/></rdf:Seq>
</c:MaskGroupBasedCorrections>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def test_reads_both_forms_and_any_prefix_but_nothing_nested():
    fields = read_fields(OLD, "XMP")
    assert fields["Exposure2012"] == "+1.00"
    assert fields["Contrast2012"] == "+7"
    assert fields["ToneCurvePV2012"] == ["0, 10", "255, 255"]
    assert "Saturation" not in fields
    assert "Rating" not in fields


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + OLD,
        b"\r\n " + OLD + b"   \n\0\0\0",
        OLD.decode().encode("utf-16"),
        OLD.decode().encode("utf-16-le"),
        OLD.decode().encode("utf-16-be"),
        ("\ufeff" + OLD.decode()).encode("utf-16-be"),
    ],
    ids=["UTF-8 mark", "blanks and padding", "UTF-16", "LE, no mark", "BE, no mark", "BE, mark"],
)
def test_encodings(data):
    assert read_fields(data, "XMP") == read_fields(OLD, "XMP")


def test_merge_replaces_and_keeps():
    merged = merge_fields(
        OLD, {"Exposure2012": "-0.50", "Contrast2012": "0", "Version": None}, "XMP"
    )
    fields = read_fields(merged, "XMP")
    assert fields["Exposure2012"] == "-0.50"
    assert fields["Contrast2012"] == "0"
    assert "Version" not in fields
    assert fields["ToneCurvePV2012"] == ["0, 10", "255, 255"]
    text = merged.decode()
    assert text.count("Exposure2012=") == 3  # ours, the Look's, the mask's LocalExposure2012
    assert text.count("Contrast2012") == 1
    for kept in (
        'xmp:Rating="4"',
        'c:Sharpness="40"',
        'c:CropTop="0.1"',
        "Nöel &amp; co",
        'c:Exposure2012="-3.00"',
        'c:Saturation="+99"',
        'LocalExposure2012="0.5"',
    ):
        assert kept in text


def test_merging_twice_changes_nothing_more():
    fields = {"Exposure2012": "-0.50", "ToneCurvePV2012": ["0, 0", "255, 255"]}
    once = merge_fields(OLD, fields, "XMP")
    assert merge_fields(once, fields, "XMP") == once


def test_one_element_a_line():
    merged = merge_fields(OLD, {"ToneCurvePV2012Red": ["0, 0", "255, 255"]}, "XMP").decode()
    for line in merged.splitlines():
        assert line.count("<") <= 2


def test_a_packet_without_camera_raw_fields_gets_a_description():
    data = f"""<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="uuid:1"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="2"/></rdf:RDF>""".encode()
    merged = merge_fields(data, {"Vibrance": "+5"}, "XMP")
    assert read_fields(merged, "XMP") == {"Vibrance": "+5"}
    assert merged.decode().count('rdf:about="uuid:1"') == 2
    assert 'crs:Vibrance="+5"' in merged.decode()
    assert 'xmp:Rating="2"' in merged.decode()


def packet(inner: str, head: str = "") -> bytes:
    return (
        f'{head}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" xmlns:crs="{CRS}"{inner}</rdf:RDF></x:xmpmeta>'
    ).encode()


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
HOSTILE = {
    "empty": b"",
    "blank": b" \n\0",
    "not XML": b"\x00\x01\x02 JFIF",
    "text": b"just some text",
    "truncated": OLD[: len(OLD) // 2],
    "no RDF": b"<a><b/></a>",
    "entity bomb in text": packet("><crs:Tint>&j;</crs:Tint></rdf:Description>", BOMB + "]>"),
    "entity bomb in an attribute": packet(' crs:Tint="&j;"/>', BOMB + "]>"),
    "external entity": packet(
        "><crs:Tint>&e;</crs:Tint></rdf:Description>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    ),
    "external DTD": packet("/>", "<!DOCTYPE x SYSTEM 'http://localhost:1/x.dtd'>"),
    "deep": b"<a>" * 25_000 + b"</a>" * 25_000,
    "deep inside": packet(">" + "<b>" * 15_000 + "</b>" * 15_000 + "</rdf:Description>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packets_are_refused_in_one_line(name):
    for call in (lambda d: read_fields(d, "x.xmp"), lambda d: merge_fields(d, {}, "x.xmp")):
        with pytest.raises(InputError, match=r"x\.xmp: not XMP") as error:
            call(HOSTILE[name])
        assert "\n" not in str(error.value)
        assert "root:" not in str(error.value)


def test_size_limit(tmp_path):
    path = tmp_path / "big.xmp"
    with path.open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    with pytest.raises(InputError, match=r"big\.xmp: larger than 16 MiB"):
        read_packet(path)
    with pytest.raises(InputError, match="larger than 16 MiB"):
        read_fields(bytes(SIZE_LIMIT + 1), "XMP")


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match=r"none\.xmp: No such file"):
        read_packet(tmp_path / "none.xmp")
    with pytest.raises(InputError, match="directory"):
        read_packet(tmp_path)
