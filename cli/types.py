"""Types of values on a command line: the text goes in, the value or what is wrong comes out."""

import argparse
import contextlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from jobs.shard import Shard
from params.files import InputError
from params.outputs import panel_named, panels_asked
from params.plain_names import check_expert


class WrongCallError(Exception):
    """Flags that don't go together: as wrong as one that there isn't."""


@contextlib.contextmanager
def wrong_call() -> Iterator[None]:
    """What settings say of values that flags gave is a WrongCallError."""
    try:
        yield
    except InputError as error:
        raise WrongCallError(str(error)) from error


@contextlib.contextmanager
def _wrong_value() -> Iterator[None]:
    """What a check says of a value is what argparse says of the flag."""
    try:
        yield
    except (ValueError, InputError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """An argparse type: a whole number in low..high."""

    def parse(text: str) -> int:
        number = int(text)
        if number < low or (high is not None and number > high):
            span = f"{low}..{high}" if high is not None else f"{low} or more"
            raise argparse.ArgumentTypeError(f"{text} is not in {span}")
        return number

    parse.__name__ = "whole number"
    return parse


def panels(text: str) -> tuple[str, ...]:
    """An argparse type: words of panels with commas between, see params.outputs.panel_named."""
    given = tuple(word.strip() for word in text.split(","))
    with _wrong_value():
        for word in given:
            panel_named(word)
    return given


def panels_or_auto(text: str) -> str:
    """An argparse type: panels, or "auto"."""
    with _wrong_value():
        panels_asked(text)
    return text


def real(low: float, high: float = math.inf) -> Callable[[str], float]:
    """An argparse type: a finite number in low..high."""

    def parse(text: str) -> float:
        number = float(text)
        if not (math.isfinite(number) and low <= number <= high):
            allowed = f"in {low:g}..{high:g}" if high < math.inf else f"of {low:g} or more"
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {allowed}")
        return number

    parse.__name__ = "number"
    return parse


def split_flag(text: str) -> str:
    """split_name as an argparse type."""
    from dataset.fivek.pictures import split_name

    with _wrong_value():
        return split_name(text)


def root_pair(text: str) -> tuple[str, str]:
    """An argparse type: OLD=NEW, where NEW is a folder."""
    old, equals, new = text.partition("=")
    if not (old.strip("/\\") and equals and new):
        raise argparse.ArgumentTypeError(f"{text!r} is not OLD=NEW")
    if not Path(new).is_dir():
        raise argparse.ArgumentTypeError(f"{new!r} is not a folder")
    return old, new


def shard(text: str) -> Shard:
    """An argparse type: I/N, see jobs.shard."""
    with _wrong_value():
        return Shard.parse(text)


def expert_name(text: str) -> str:
    """An argparse type: a name that can be part of a file's."""
    with _wrong_value():
        check_expert(text)
    return text


def share(text: str) -> float:
    """An argparse type: a number in 0..1."""
    number = float(text)
    if not 0.0 <= number <= 1.0:  # which NaN is not either
        raise argparse.ArgumentTypeError(f"{text} is not in 0..1")
    return number
