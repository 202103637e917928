"""Whatever is thrown at the readers of strangers' settings, they answer or refuse in one line.

Longer by hand: FUZZ_EXAMPLES=100000 python -m pytest tests/params/test_reader_fuzz.py
"""

import os
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lightroom import lua, packet

from dataset.lightroom.lua_table import lua_fields, parse_lua
from params.edit_process import PROCESS_1, PROCESS_2
from params.files import InputError
from params.process_version import is_before_2012
from params.ranges import CURVE_NAME, SLIDERS
from params.record import limit_params
from params.unsupported import find_lost
from params.xmp import xmp_to_params
from params.xmp_facts import read_facts
from params.xmp_packet import merge_fields, read_fields
from params.xmp_settings import held_settings, settings_of

fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
)

# A few of each sort: all of Unicode costs seconds to set up.
LETTERS = "aZ0_ .,;'\"\\{}[]=<>/&#!-\n\0\x07\x85\u2028\ufffeéß漢😀"
NAMES = st.sampled_from(
    [
        *(s.name for s in SLIDERS),
        "WhiteBalance",
        "ProcessVersion",
        "AlreadyApplied",
        "Look",
        "ToneCurvePV2012",
        "ToneCurvePV2012Red",
        "ToneCurveName2012",
        "Clarity2012",
        "PointColors",
        "MaskGroupBasedCorrections",
        "ConvertToGrayscale",
        "HueAdjustmentRed",
        "SplitToningShadowHue",
        "CurveRefineSaturation",
        "HasCrop",
        "CropLeft",
        "CropAngle",
        "CameraProfile",
        "Name",
        "Amount",
        "Q",
    ]
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "As Shot",
            "Custom",
            "Daylight",
            "True",
            "False",
            "Strong Contrast",
            "11.0",
            "5.7",
            "nan",
            "inf",
            "1e999",
            "0, 0",
            "255, 255",
            "64, 56",
            "-1",
            "",
            "+0.50",
            "9" * 400,
            "1_0",
            "٣",
        ]
    ),
    st.floats().map(str),
    st.integers().map(str),
    st.text(LETTERS, max_size=12),
)
LUA_VALUES = st.recursive(
    st.one_of(st.floats(), st.integers(-(10**6), 10**6), st.booleans(), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=8),
        st.dictionaries(NAMES, inner, max_size=5),
        st.lists(st.integers(-5, 300), max_size=12),
    ),
    max_leaves=20,
)
# Pieces that together look like the real thing more often than random letters do.
LUA_PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "s = {",
                "{",
                "}",
                ",",
                "=",
                "[",
                "]",
                '"',
                "\\",
                "--",
                "\n",
                "nil",
                " ",
                "true",
                "1e9",
                "ToneCurvePV2012 = { 0, 0, 255, 255 }",
                "Exposure2012 = 0.5",
                "-",
                ".",
                "\0",
                "[1] = ",
                '["a"] = ',
            ]
        ),
        st.text(LETTERS, max_size=4),
    ),
    max_size=30,
).map("".join)
XML_PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<",
                ">",
                "/>",
                "</",
                "&",
                ";",
                "&#0;",
                "&#xD800;",
                "<!DOCTYPE x>",
                "<![CDATA[",
                "]]>",
                "<!--",
                "<rdf:Seq>",
                "<rdf:li>0, 0</rdf:li>",
                "</rdf:Seq>",
                '"',
                "<crs:Look>",
                "<crs:ToneCurvePV2012>",
                "</crs:ToneCurvePV2012>",
                "</crs:Look>",
                ' crs:Tint="+5"',
                ' rdf:parseType="Resource"',
                "\ufeff",
            ]
        ),
        st.text(LETTERS, max_size=4),
    ),
    max_size=20,
).map("".join)


WHOLE = {
    "Exposure2012": 0.5,
    "ToneCurvePV2012": [0, 0, 64, 50, 255, 255],
    "Look": {"Name": 'a "b"', "Amount": 1.0},
    "WhiteBalance": "Custom",
    "Temperature": 5000,
}


def use(fields: dict[str, Any]) -> None:
    """What an import does with fields that were read."""
    is_before_2012(fields)
    found = settings_of(fields, "photo")
    for process in (PROCESS_1, PROCESS_2):
        find_lost(fields, None, process)
        params, _ = xmp_to_params(held_settings(found, process), process.number)
        assert all(s.low <= params[s.name] <= s.high for s in SLIDERS)
        assert limit_params(params, process) == params
        curve = params[CURVE_NAME]
        if process is PROCESS_1:
            assert (curve[0], curve[-1]) == (0.0, 1.0)
            assert all(a <= b for a, b in pairwise(curve))


def refuses(error: InputError) -> None:
    assert str(error).startswith("photo")
    assert len(str(error).splitlines()) == 1


def read_lua(text: str) -> None:
    try:
        use(lua_fields(parse_lua(text, "photo")))
    except InputError as error:
        refuses(error)


def read_xmp(data: bytes) -> None:
    try:
        read_facts(data, "photo")
        use(read_fields(data, "photo"))
        merged = merge_fields(data, {"Tint": "+7", "ToneCurvePV2012": ["0, 0"]}, "photo")
        assert read_fields(merged, "photo")["Tint"] == "+7"
    except InputError as error:
        refuses(error)


@fuzz
@given(LUA_PIECES)
def test_any_text_as_lua(text: str) -> None:
    read_lua(text)


@fuzz
@given(st.dictionaries(NAMES, LUA_VALUES, max_size=8))
def test_any_table_in_lua(table: dict[str, Any]) -> None:
    read_lua(f"s = {lua(table)}")


@fuzz
@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 60))
def test_lua_with_some_bytes_changed(data: bytes, place: int, length: int) -> None:
    text = lua(WHOLE).encode()
    read_lua((text[:place] + data + text[place + length :]).decode("utf-8", "replace"))


@fuzz
@given(XML_PIECES, XML_PIECES)
@example(' crs:Exposure2012="+1"', "<crs:ToneCurvePV2012><rdf:Seq></rdf:Seq></crs:ToneCurvePV2012>")
def test_any_text_in_xmp(attributes: str, children: str) -> None:
    read_xmp(packet({}, children, attributes))


@fuzz
@given(st.dictionaries(NAMES, WORDS, max_size=6), st.lists(WORDS, max_size=5), NAMES)
def test_any_field_in_xmp(fields: dict[str, str], items: list[str], name: str) -> None:
    from xml.sax.saxutils import escape

    written = {key: escape(text, {'"': "&quot;"}) for key, text in fields.items()}
    listed = "".join(f"<rdf:li>{escape(item)}</rdf:li>" for item in items)
    read_xmp(packet(written, f"<crs:{name}><rdf:Seq>{listed}</rdf:Seq></crs:{name}>"))


@fuzz
@given(st.binary(max_size=40), st.integers(0, 900), st.integers(0, 40))
def test_xmp_with_some_bytes_changed(data: bytes, place: int, length: int) -> None:
    whole = packet({"Exposure2012": "+1.00", "Tint": "+5"}, "<crs:Look crs:Name='a'/>")
    read_xmp(whole[:place] + data + whole[place + length :])


@fuzz
@given(st.binary(max_size=200))
def test_any_bytes_as_xmp(data: bytes) -> None:
    with pytest.raises(InputError):
        read_facts(data, "photo")
    read_xmp(data)
