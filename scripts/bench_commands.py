"""Whole commands, ours and other converters', each in a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from params.files import REPO_ROOT, InputError

OTHERS = ("rawtherapee-cli", "darktable-cli")


class Run(NamedTuple):
    """Of one process: seconds on the wall and of all cores together, and peak memory."""

    seconds: float
    cpu: float
    megabytes: float


def run_process(command: list[str]) -> Run:
    """Run a command to its end. Raises InputError where it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            output.seek(0)
            last = output.read().decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(f"{' '.join(command[:2])}: failed: {' '.join(last)}")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Run(seconds, usage.ru_utime + usage.ru_stime, kilobytes / 1024)


def python_code(code: str) -> list[str]:
    """Python that finds our packages."""
    return [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(REPO_ROOT)!r})\n{code}"]


def apply_params(raw: Path, edit: Path, out: Path, device: str) -> list[str]:
    script = str(REPO_ROOT / "scripts" / "apply_params.py")
    words = [str(raw.resolve()), str(edit), "--out", str(out), "--device", device]
    return [sys.executable, script, *words]


def predict_and_render(raw: Path, checkpoint: Path, output: Path, device: str) -> list[str]:
    script = str(REPO_ROOT / "run" / "predict_and_render.py")
    words = ["--checkpoint", str(checkpoint), "--input", str(raw.resolve())]
    words += ["--output", str(output), "--overwrite", "--device", device]
    return [sys.executable, script, *words]


def other_converter(program: str, raw: Path, folder: Path) -> list[str]:
    """Its defaults, to an uncompressed 16-bit TIFF."""
    out = str(folder / f"out {Path(program).name}.tif")
    if Path(program).name == "rawtherapee-cli":
        return [program, "-q", "-d", "-o", out, "-t", "-b16", "-Y", "-c", str(raw.resolve())]
    options = {"configdir": str(folder / "darktable"), "library": ":memory:"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    conf = ["--conf", "plugins/imageio/format/tiff/bpp=16"]
    return [program, str(raw.resolve()), out, "--icc-type", "PROPHOTO_RGB", "--core", *words, *conf]
