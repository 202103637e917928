"""What every command shares: spelling of flags, logging, exit status, batches that go on."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from cli.interrupts import INTERRUPTED, interruptible
from cli.standard_files import open_standard_files
from cli.types import WrongCallError
from jobs.messages import one_line

log = logging.getLogger(__name__)

if sys.platform == "darwin":
    # PyTorch and OpenCV may each bring an OpenMP runtime; without this the second one aborts.
    os.environ.setdefault("KMP_DUPLICATE_LIB_OK", "TRUE")


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults that say something, and keeps the example's line breaks."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        nothing = action.default in (None, False, []) or action.required
        return action.help if nothing else super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """An argument parser that takes --multi-word and --multi_word alike.

    Its description is the script's docstring: what it does, then an example.
    """

    def __init__(
        self,
        description: str | None,
        parents: Sequence[argparse.ArgumentParser] = (),
        **more: Any,
    ) -> None:
        super().__init__(
            description=description,
            parents=list(parents),
            formatter_class=_HelpFormatter,
            allow_abbrev=False,
            **more,
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        given = sys.argv[1:] if args is None else args
        flags = given[: given.index("--")] if "--" in given else given
        respelled = [_hyphens(word) for word in flags]
        return super().parse_known_args([*respelled, *given[len(flags) :]], namespace)


def _hyphens(word: str) -> str:
    flag, equals, value = word.partition("=")
    return flag.replace("_", "-") + equals + value if flag.startswith("--") else word


def common_flags() -> argparse.ArgumentParser:
    """Parent parser of every command."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("messages")
    group.add_argument("--debug", action="store_true", help="show tracebacks")
    return parent


def device_flags() -> argparse.ArgumentParser:
    """Parent parser of commands that compute with torch."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("device")
    group.add_argument(
        "--device",
        choices=("auto", "cuda", "mps", "cpu"),
        default="auto",
        help="where torch computes; auto takes the best there is",
    )
    return parent


class _ToTerminal(logging.Handler):
    """One line a message on standard error, above any progress bar; counts the errors."""

    def __init__(self) -> None:
        super().__init__()
        self.errors = 0
        self.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        from tqdm import tqdm

        self.errors += record.levelno >= logging.ERROR
        is_info = record.levelno == logging.INFO
        text = record.getMessage() if is_info else self.format(record)
        tqdm.write(text if record.exc_info else " ".join(text.splitlines()), file=sys.stderr)


def run_command(
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], None],
    argv: Sequence[str] | None,
) -> int:
    """Parse, set up logging, do the work; the exit status.

    0 when nothing was logged as an error, 1 when something was or the work was given up,
    130 on Ctrl-C. A wrong call leaves through argparse with 2.
    """
    open_standard_files()
    args = parser.parse_args(argv)
    handler = _ToTerminal()
    root = logging.getLogger()
    usual = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("exifread", "PIL", "tifffile", "httpx", "httpx2", "matplotlib", "distributed"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    try:
        with interruptible():
            work(args)
    except WrongCallError as error:
        parser.error(one_line(error))
    except KeyboardInterrupt:
        log.error("interrupted")
        return INTERRUPTED
    except Exception as error:
        if args.debug:
            raise
        log.error("%s", one_line(error))
    finally:
        root.removeHandler(handler)
        root.setLevel(usual)
    return 1 if handler.errors else 0
