"""Texts that would lead out of a folder, and what becomes of them."""

import string
from pathlib import Path

import pytest

from dataset.set_folder import Outputs
from params.files import InputError
from params.plain_names import MOST_LETTERS, check_plain, is_plain, plain_name

BAD = {
    "empty": "",
    "parent": "..",
    "here": ".",
    "hidden": ".bashrc",
    "below the parent": "../x",
    "through a folder": "a/../../x",
    "folder": "a/b",
    "absolute": "/etc/passwd",
    "backslash": "a\\b",
    "drive": "C:\\x",
    "zero": "a\0b",
    "line feed": "a\nb",
    "escape": "\x1b[2J",
    "second controls": "a\x85b",
    "too long": "n" * (MOST_LETTERS + 1),
    "device": "CON",
    "device in small letters": "nul",
    "device with suffix": "com1.tif",
    "device with blank": "LPT9 .x",
}
GOOD = ["a", "photo 1", "photo-copy-1A2B3C4D", "写真", "12:30", "a..b", "console", "com", "com10"]


@pytest.mark.parametrize("text", GOOD)
def test_names(text: str) -> None:
    assert is_plain(text)
    assert plain_name(text) == text == check_plain(text, "an id")


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_no_names(tmp_path: Path, text: str) -> None:
    assert not is_plain(text)
    with pytest.raises(InputError, match=r"an id is .*: no name for a file") as error:
        check_plain(text, "an id")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200
    name = plain_name(text)
    assert is_plain(name)
    (tmp_path / name).touch()
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()


def test_different_texts_stay_different() -> None:
    texts = {*(f"a{c}b" for c in "/\\\0\n"), "a_b", *BAD.values(), *string.ascii_letters}
    assert len({plain_name(text) for text in texts}) == len(texts)


@pytest.mark.parametrize("text", [None, 5, ["a"]])
def test_other_types_are_no_names(text: object) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_no_output_lies_outside(tmp_path: Path, text: str) -> None:
    outputs = Outputs(tmp_path)
    for path in (outputs.data, outputs.xmp, outputs.cube, outputs.debug_preview):
        for id, expert in ((text, "c"), ("a", text)):
            with pytest.raises(InputError):
                path(id, expert)
    for of_one in (outputs.preview, outputs.recipe):
        with pytest.raises(InputError):
            of_one(text)
