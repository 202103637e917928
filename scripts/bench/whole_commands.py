"""The `commands` part of scripts/benchmark.py: whole commands beside other converters.

One RAW file to 16-bit TIFF and to JPEG, and a folder of copies of it: ours, rawtherapee-cli and
darktable-cli where they are installed, one after another so that whatever else the machine does
meets all of them. Each has its own defaults: ours Auto's edit, RawTherapee its default profile,
darktable its scene-referred workflow, without GPUs. Prints a table in Markdown, and what bounds
ours.
"""

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cli.types import whole_number
from params.files import InputError
from report.markdown_table import markdown_table
from scripts.bench.bounds import command_bounds
from scripts.bench.commands import (
    OTHERS,
    Run,
    apply_params,
    other_converter,
    predict_and_render,
    raw_flag,
    run_process,
)

TIFF, JPEG, SMALL = "16-bit TIFF", "JPEG", "JPEG, 2048 px"


def add_flags(parser: argparse.ArgumentParser) -> None:
    raw_flag(parser)
    parser.add_argument("--repeats", type=whole_number(1), default=3, help="turns of each")
    parser.add_argument("--count", type=whole_number(2), default=4, help="copies in the folder")


def run(args: argparse.Namespace) -> None:
    from params.ranges import neutral_params
    from params.record import Record, write_record

    if not args.raw.is_file():
        raise InputError(f"{args.raw}: no such file")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edit = folder / "edit.json"
        write_record(edit, Record(neutral_params(), process=2))
        batch = folder / "batch"
        batch.mkdir()
        for number in range(args.count):
            _copy(args.raw.resolve(), batch / f"{number}{args.raw.suffix}")
        programs = {other: shutil.which(other) for other in OTHERS}
        for other in (other for other, program in programs.items() if not program):
            print(f"{other} is not installed here")
        commands = all_commands(args, folder, edit, batch)
        for other, program in programs.items():
            if program:
                commands |= commands_of(program, other, args.raw, batch, folder)
        measured = measure(commands, args.repeats, folder / "out")
        print(table(measured, args.count))
        for line in command_bounds(args.raw):
            print(line)


def all_commands(
    args: argparse.Namespace, folder: Path, edit: Path, batch: Path
) -> dict[tuple[str, str], list[str]]:
    """Ours, by what is written and by what."""
    raw, out, device = args.raw, folder / "out", args.device
    auto, known = "`predict_and_render.py` (auto)", "`apply_params.py`"
    return {
        (TIFF, auto): predict_and_render(raw, "auto", out, device),
        (TIFF, known): apply_params(raw, edit, out / "one.tif", device),
        (JPEG, known): apply_params(raw, edit, out / "one.jpg", device),
        (SMALL, known): [
            *apply_params(raw, edit, out / "one.jpg", device),
            "--max-size",
            "2048",
        ],
        (_of_folder(batch), auto): predict_and_render(batch, "auto", out, device),
    }


def commands_of(
    program: str, name: str, raw: Path, batch: Path, folder: Path
) -> dict[tuple[str, str], list[str]]:
    """Another converter's."""
    out = folder / "out"
    return {
        (TIFF, name): other_converter(program, raw, out),
        (JPEG, name): other_converter(program, raw, out, ".jpg"),
        (_of_folder(batch), name): other_converter(program, batch, out),
    }


def measure(
    commands: Mapping[tuple[str, str], list[str]], repeats: int, out: Path
) -> dict[tuple[str, str], list[Run]]:
    """Each command so often, in turn; all write into a folder that is emptied before."""
    found: dict[tuple[str, str], list[Run]] = {key: [] for key in commands}
    for _ in range(repeats):
        for key, command in commands.items():
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            found[key].append(run_process(command))
            if not any(path.suffix in (".tif", ".jpg") for path in out.rglob("*")):
                raise InputError(f"{command[0]}: wrote no picture")
    return found


def table(measured: Mapping[tuple[str, str], list[Run]], count: int) -> str:
    """Medians, those of folders a picture; by what is written, the quickest first."""
    rows = [["", "", "seconds", "CPU seconds", "peak memory"]]
    order = list(dict.fromkeys(what for what, _ in measured))
    lines = []
    for (what, by), runs in measured.items():
        share = 1 / count if what.startswith("a folder") else 1.0
        wall, cpu = (
            statistics.median(values) * share for values in list(zip(*runs, strict=True))[:2]
        )
        memory = max(run.megabytes for run in runs)
        lines.append(
            (order.index(what), cpu, [what, by, f"{wall:.2f}", f"{cpu:.2f}", f"{memory:.0f} MB"])
        )
    return markdown_table(rows + [cells for *_, cells in sorted(lines)])


def _of_folder(batch: Path) -> str:
    return f"a folder of {len(list(batch.iterdir()))} to {TIFF}, each"


def _copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy(source, target)
