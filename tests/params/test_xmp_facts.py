from datetime import datetime

import pytest
from lightroom import packet

from params.files import InputError
from params.unsupported import Look
from params.xmp_facts import Facts, parse_date, read_facts

LOOK = """<crs:Look><rdf:Description crs:Name="Modern 04" crs:Amount="0.6" crs:UUID="X">
<crs:Parameters><rdf:Description crs:Name="inner" crs:Amount="9"/></crs:Parameters>
</rdf:Description></crs:Look>"""


def test_all_facts_as_attributes():
    data = packet(
        {"RawFileName": "DSC_1.NEF", "Exposure2012": "+1.00"},
        LOOK,
        'xmp:Rating="4" xmpDM:pick="1" tiff:Model="Z 6" photoshop:SidecarForExtension="NEF"'
        ' exif:DateTimeOriginal="2024-05-01T10:11:12.5+02:00" xmp:CreateDate="1999-01-01T00:00:00"',
    )
    assert read_facts(data, "x") == Facts(
        rating=4,
        pick=1,
        taken=datetime(2024, 5, 1, 10, 11, 12),
        camera="Z 6",
        raw_name="DSC_1.NEF",
        sidecar_for="NEF",
        look=Look("Modern 04", 0.6),
    )


def test_facts_as_elements_with_other_prefixes():
    data = b"""<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description
      xmlns:a="http://ns.adobe.com/xap/1.0/" xmlns:b="http://ns.adobe.com/camera-raw-settings/1.0/">
      <a:Rating> -1 </a:Rating><a:CreateDate>2020-02-30T10:00:00</a:CreateDate>
      <b:Look r:parseType="Resource"><b:Name>Vintage</b:Name></b:Look></r:Description></r:RDF>"""
    assert read_facts(data, "x") == Facts(rating=-1, look=Look("Vintage"))


def test_nothing_known():
    assert read_facts(packet({}), "x") == Facts()
    bad = packet({}, more='xmp:Rating="many" xmpDM:pick="7" tiff:Model=" "')
    assert read_facts(bad, "x") == Facts()
    with pytest.raises(InputError, match="x: not XMP"):
        read_facts(b"<", "x")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-05-01T10:11", datetime(2024, 5, 1, 10, 11)),
        ("2024:05:01 10:11:12", datetime(2024, 5, 1, 10, 11, 12)),
        ("2024-05-01T10:11:12.34Z", datetime(2024, 5, 1, 10, 11, 12)),
        ("2024-13-01T10:11:12", None),
        ("0000:00:00 00:00:00", None),
        ("", None),
        (None, None),
        ("2024", None),
    ],
)
def test_dates(text, date):
    assert parse_date(text) == date
