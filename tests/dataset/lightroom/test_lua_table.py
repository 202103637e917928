import time

import pytest

from dataset.lightroom.lua_table import DEEPEST, SIZE_LIMIT, lua_fields, parse_lua
from params.files import InputError
from params.xmp_settings import settings_of

# As Lightroom writes it into Adobe_imageDevelopSettings.text, in little.
TEXT = """s = { AutoLateralCA = 1,
CameraProfile = "Adobe Standard",
ConvertToGrayscale = false,
Exposure2012 = -0.35,
GradientBasedCorrections = { { CorrectionAmount = 1,
What = "Correction" } },
Look = { Amount = 0.5,
Name = "Adobe \\"Color\\"",
Parameters = { Exposure2012 = 3,
ToneCurvePV2012 = { 0, 0, 22, 16, 255, 255 } } },
Note = "two\\
lines \\\\ \\065",
ProcessVersion = "11.0",
RetouchInfo = {  },
Tint = 1e1,
ToneCurvePV2012 = { 0,
0,
64.2,
56,
255,
255 },
ToneCurvePV2012Red = { [1] = 0, [2] = 0, [3] = 255, [4] = 255 },
Temperature = nil,
["WhiteBalance"] = "Custom"
}
"""


def test_a_table_is_read_with_all_that_lua_can_write():
    table = parse_lua(TEXT, "x")
    assert table["Look"] == {
        "Amount": 0.5,
        "Name": 'Adobe "Color"',
        "Parameters": {"Exposure2012": 3.0, "ToneCurvePV2012": [0, 0, 22, 16, 255, 255]},
    }
    assert table["Note"] == "two\nlines \\ A"
    assert table["Tint"] == 10.0
    assert table["Temperature"] is None
    assert table["ConvertToGrayscale"] is False
    assert table["GradientBasedCorrections"] == [{"CorrectionAmount": 1.0, "What": "Correction"}]
    assert table["RetouchInfo"] == []


def test_fields_are_as_xmp_has_them():
    fields = lua_fields(parse_lua(TEXT, "x"))
    assert fields == {
        "AutoLateralCA": "1",
        "CameraProfile": "Adobe Standard",
        "ConvertToGrayscale": "False",
        "Exposure2012": "-0.35",
        "GradientBasedCorrections": [],
        "Look": [],
        "Note": "two\nlines \\ A",
        "ProcessVersion": "11.0",
        "Tint": "10",
        "ToneCurvePV2012": ["0, 0", "64.2, 56", "255, 255"],
        "ToneCurvePV2012Red": ["0, 0", "255, 255"],
        "WhiteBalance": "Custom",
    }
    settings = settings_of(fields, "x")
    assert settings.sliders == {"Exposure2012": -0.35, "Tint": 10.0}
    assert settings.curve == ((0, 0), (64, 56), (255, 255))
    assert settings.curves == {}


@pytest.mark.parametrize("text", ["{}", "s = {}", "s={ }\n\0", "-- hello\ns = { 1, 2 } -- end"])
def test_tables_without_keys_hold_nothing(text):
    assert parse_lua(text, "x") == {}


BROKEN = {
    "empty": "",
    "a name": "s",
    "no table": "s = 3",
    "open": "s = { A = 1",
    "closed": "}",
    "twice": "{} {}",
    "keyed end": "{ a = }",
    "half a number": "{ a = 1..2 }",
    "text": '{ a = "b',
    "call": "s = { a = os.execute('x') }",
    "not a number": "s = { a = -1.#IND }",
    "cut": TEXT[:150],
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_settings_are_refused_in_one_line(name):
    with pytest.raises(InputError, match="photo: not develop settings") as error:
        parse_lua(BROKEN[name], "photo")
    assert "\n" not in str(error.value)


def test_nesting_has_a_limit():
    assert parse_lua("{" * DEEPEST + "}" * DEEPEST, "x") == {}
    with pytest.raises(InputError, match="nested too deeply"):
        parse_lua("{" * (DEEPEST + 1) + "}" * (DEEPEST + 1), "x")
    with pytest.raises(InputError, match="nested too deeply"):
        parse_lua("{" * 1_000_000, "x")


def test_size_has_a_limit():
    with pytest.raises(InputError, match="larger than 16 MiB"):
        parse_lua("{" + " " * SIZE_LIMIT + "}", "x")


@pytest.mark.parametrize(
    "text",
    [
        "{" + " " * 10**6,
        "{" + "--x\n" * 10**6,
        '{"' + "\\" * 10**6,
        "{a" * 10**6,
        "{[" * 10**6,
        "{" + "1" * 10**6 + "x}",
        '{["' + 'a"' * 10**6,
    ],
)
def test_time_is_linear(text):
    started = time.process_time()
    with pytest.raises(InputError):
        parse_lua(text, "x")
    assert time.process_time() - started < 2.0  # what backtracks would take years


def test_a_curve_of_an_odd_length_is_refused_by_its_reader():
    fields = lua_fields(parse_lua('{ ToneCurvePV2012 = { 0, 0, "a" } }', "x"))
    with pytest.raises(InputError, match="not a curve"):
        settings_of(fields, "x")
