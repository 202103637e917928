"""What all commands share: spelling of flags, one line an error, the exit status."""

import argparse
import importlib
import logging
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import command
from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from jobs.progress import each
from params.files import REPO_ROOT, InputError

log = logging.getLogger("test")


def parser() -> Parser:
    made = Parser("Does something.\n\nExample:\n  python x.py", [common_flags(), device_flags()])
    made.add_argument("--curve-knots", type=whole_number(2, 256), default=16, help="knots")
    made.add_argument("--export-xmp", action=argparse.BooleanOptionalAction, default=True)
    made.add_argument("--name", default=None, help="a name")
    made.add_argument("file", nargs="?", type=Path)
    return made


@pytest.mark.parametrize(
    "words",
    [
        ["--curve-knots", "9"],
        ["--curve_knots", "9"],
        ["--curve-knots=9"],
        ["--curve_knots=9"],
    ],
)
def test_both_spellings(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert parser().parse_args(words).curve_knots == 9
    monkeypatch.setattr(sys, "argv", ["x.py", *words])
    assert parser().parse_args().curve_knots == 9


def test_only_flags_are_respelled() -> None:
    assert parser().parse_args(["--no_export_xmp"]).export_xmp is False
    assert parser().parse_args(["--name=a_b--c_d"]).name == "a_b--c_d"
    assert parser().parse_args(["--name", "a_b"]).name == "a_b"
    assert parser().parse_args(["a_b.dng"]).file == Path("a_b.dng")
    # After -- comes a file, whatever it is called.
    assert parser().parse_args(["--", "--my_photo.dng"]).file == Path("--my_photo.dng")


def test_help_shows_defaults_and_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parser().parse_args(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "Example:\n  python x.py" in text
    assert "knots (default: 16)" in text
    assert "a name\n" in text  # no "(default: None)"
    assert "{auto,cuda,mps,cpu}" in text


@pytest.mark.parametrize("words", [["--curve", "9"], ["--curve-knots", "1"], ["--device", "tpu"]])
def test_wrong_calls(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_command(parser(), lambda args: None, words)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage:")


@pytest.mark.parametrize(
    ("low", "high", "good", "bad"),
    [(1, None, ["1", "99999"], ["0", "-1", "x", "1.5", ""]), (2, 8, ["2", "8"], ["1", "9", "1e1"])],
)
def test_whole_numbers(low: int, high: int | None, good: list[str], bad: list[str]) -> None:
    parse = whole_number(low, high)
    assert [parse(text) for text in good] == [int(text) for text in good]
    for text in bad:
        with pytest.raises((ValueError, argparse.ArgumentTypeError)):
            parse(text)


def raising(error: BaseException) -> Callable[[argparse.Namespace], None]:
    def work(_: argparse.Namespace) -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "status", "said"),
    [
        (lambda args: log.info("all well"), 0, "all well\n"),
        (lambda args: log.warning("odd"), 0, "WARNING: odd\n"),
        (lambda args: log.error("one failed"), 1, "ERROR: one failed\n"),
        (raising(InputError("a.dng: cut\n short")), 1, "ERROR: a.dng: cut short\n"),
        (raising(ValueError("two\nlines")), 1, "ERROR: ValueError: two lines\n"),
        (raising(RuntimeError()), 1, "ERROR: RuntimeError: RuntimeError\n"),
        (raising(KeyboardInterrupt()), 130, "ERROR: interrupted\n"),
    ],
)
def test_status_and_messages(
    work: Callable[[argparse.Namespace], None],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(parser(), work, []) == status
    assert capsys.readouterr() == ("", said)


def test_debug_lets_the_error_through(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="boom"):
        run_command(parser(), raising(InputError("boom")), ["--debug"])


def test_commands_one_after_another_say_things_once(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    for _ in range(3):
        run_command(parser(), lambda args: log.info("once"), [])
    assert capsys.readouterr().err == "once\n" * 3
    assert (root.handlers, root.level) == (before, level)


def test_each_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []

    def work(item: str) -> None:
        if item == "named":
            raise InputError("named: is broken")
        if item == "odd":
            raise KeyError("shape")
        done.append(item)

    def batch(args: argparse.Namespace) -> None:
        names = ["a", "named", "b", "odd", "c"]
        assert each(names, work, name=str, desc="try", debug=args.debug) == 3

    assert run_command(parser(), batch, []) == 1
    assert done == ["a", "b", "c"]
    out, err = capsys.readouterr()
    assert out == ""
    errors = [line for line in err.replace("\r", "\n").splitlines() if "ERROR" in line]
    assert errors == ["ERROR: named: is broken", "ERROR: odd: KeyError: 'shape'"]
    assert "try: 3 of 5 pictures done, 2 failed" in err.replace("5 done", "5 pictures done")
    with pytest.raises(InputError):
        run_command(parser(), batch, ["--debug"])


def test_each_stops_on_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    def batch(_: argparse.Namespace) -> None:
        each(
            [1, 2],
            lambda item: raising(KeyboardInterrupt())(argparse.Namespace()),
            name=str,
            desc="try",
        )

    assert run_command(parser(), batch, []) == 130


@pytest.mark.parametrize(("platform", "value"), [("darwin", "TRUE"), ("linux", None)])
def test_libomp_on_macos(platform: str, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("KMP_DUPLICATE_LIB_OK", "x")
    monkeypatch.delenv("KMP_DUPLICATE_LIB_OK")
    monkeypatch.setattr(sys, "platform", platform)
    spec = importlib.util.find_spec("cli.command")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert os.environ.get("KMP_DUPLICATE_LIB_OK") == value
    assert command.__name__ == "cli.command"


@pytest.mark.parametrize(
    "line",
    [
        "import cli.command, signal; signal.raise_signal(signal.SIGINT)",
        # While torch is being loaded.
        "import cli.command, signal, sys, types; from importlib.machinery import ModuleSpec;"
        "torch = sys.modules['torch'] = types.ModuleType('torch');"
        "torch.__spec__ = ModuleSpec('torch', None); torch.__spec__._initializing = True;"
        "cli.command.run_command("
        "cli.command.Parser('x', [cli.command.common_flags()]),"
        "lambda _: signal.raise_signal(signal.SIGINT), [])",
        # Where no exception goes on.
        "import cli.command, signal, time\n"
        "class Dying:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        "def work(_): Dying(); time.sleep(20)\n"
        "raise SystemExit(cli.command.run_command("
        "cli.command.Parser('x', [cli.command.common_flags()]), work, []))",
    ],
    ids=["modules", "torch", "destructor"],
)
def test_an_interrupt_at_a_bad_moment_is_one_line(line: str) -> None:
    words = [sys.executable, "-c", line]
    done = subprocess.run(words, cwd=REPO_ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "ERROR: interrupted\n")


def test_the_handler_of_interrupts_is_given_back() -> None:
    before, during = signal.getsignal(signal.SIGINT), []
    parser = Parser("x", [common_flags()])
    run_command(parser, lambda _: during.append(signal.getsignal(signal.SIGINT)), [])
    assert signal.getsignal(signal.SIGINT) is before
    assert during != [before]
