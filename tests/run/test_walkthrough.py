"""Commands called from a demonstration."""

import logging

import pytest

from params.files import InputError
from scripts.walkthrough import call


def test_a_command_is_printed_and_run(tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO)
    words = ("--pictures", 1, "--styles", "moody", "--output", tmp_path)
    handlers = logging.getLogger().handlers[:]
    call("scripts/make_synthetic_set.py", *words)
    assert (
        f"$ python scripts/make_synthetic_set.py --pictures 1 --styles moody --output {tmp_path}"
        in (caplog.messages)
    )
    assert len(list(tmp_path.glob("raw/*.dng"))) == 1
    assert logging.getLogger().handlers == handlers


def test_a_command_says_things_once(tmp_path, capsys) -> None:
    shown = logging.StreamHandler()  # as the demonstration's own
    logging.getLogger().addHandler(shown)
    try:
        call("scripts/make_synthetic_set.py", "--pictures", 1, "--output", tmp_path)
    finally:
        logging.getLogger().removeHandler(shown)
    assert capsys.readouterr().err.count("3 lines") == 1


@pytest.mark.parametrize("words", [("--pictures", 0), ("--nonsense",)])
def test_what_fails_stops_the_demonstration(words, capsys) -> None:
    with pytest.raises(InputError, match=r"make_synthetic_set\.py ended with exit status 2"):
        call("scripts/make_synthetic_set.py", *words)
    assert "usage:" in capsys.readouterr().err


def test_an_error_stops_the_demonstration(tmp_path) -> None:
    words = ("--manifest", tmp_path / "none.jsonl")
    with pytest.raises(InputError, match=r"split_manifest\.py ended with exit status 1"):
        call("scripts/split_manifest.py", *words)
