import argparse
from pathlib import Path

import pytest

from cli.adapter_flags import adapter
from model.adapter import Adapter


@pytest.mark.parametrize(
    ("text", "path", "weight"),
    [
        ("a.pt", "a.pt", 1.0),
        ("a.pt:0.7", "a.pt", 0.7),
        ("a.pt:-1e-1", "a.pt", -0.1),
        (r"C:\styles\a.pt", r"C:\styles\a.pt", 1.0),
        (r"C:\styles\a.pt:0.5", r"C:\styles\a.pt", 0.5),
        ("style: warm.pt", "style: warm.pt", 1.0),
        ("style: warm.pt:2", "style: warm.pt", 2.0),
        ("a.pt:", "a.pt:", 1.0),
        (":0.5", ":0.5", 1.0),
        ("hf://owner/repo/lora/a.pt:0.25", "hf:/owner/repo/lora/a.pt", 0.25),
    ],
)
def test_file_and_weight(text, path, weight) -> None:
    assert adapter(text) == Adapter(Path(path), weight)


def test_shown_as_it_was_given() -> None:
    assert [str(adapter(text)) for text in ("a.pt", "b.pt:0.30", "c.pt:1")] == [
        "a.pt",
        "b.pt:0.3",
        "c.pt",
    ]


def test_a_file_whose_name_ends_like_a_weight(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("night:0.5").touch()
    assert adapter("night:0.5") == Adapter(Path("night:0.5"))
    assert adapter("night:0.5:0.25") == Adapter(Path("night:0.5"), 0.25)


@pytest.mark.parametrize("text", ["a.pt:nan", "a.pt:inf"])
def test_weights_are_finite(text) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="finite"):
        adapter(text)
