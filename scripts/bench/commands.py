"""Whole commands, ours and other converters', each in a process of its own."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from params.files import REPO_ROOT, InputError

OTHERS = ("rawtherapee-cli", "darktable-cli")


class Run(NamedTuple):
    """Of one process: seconds on the wall and of all cores together, and peak memory."""

    seconds: float
    cpu: float
    megabytes: float


# A process's peak memory counts from what its parent held when it began, so the parent is small.
_LAUNCHER = """
import os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
seconds = time.perf_counter() - started
with open(sys.argv[1], "w") as file:
    print(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=file)
sys.exit(process.returncode != 0)
"""


def run_process(command: list[str]) -> Run:
    """Run a command to its end. Raises InputError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder, "figures")
        launcher = [sys.executable, "-S", "-c", _LAUNCHER, str(figures), *command]
        done = subprocess.run(
            launcher, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            last = done.stdout.decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(f"{' '.join(command[:2])}: failed: {' '.join(last)}")
        seconds, cpu, peak = map(float, figures.read_text().split())
    kilobytes = peak / (1024 if sys.platform == "darwin" else 1)
    return Run(seconds, cpu, kilobytes / 1024)


def python_code(code: str) -> list[str]:
    """Python that finds our packages."""
    return [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(REPO_ROOT)!r})\n{code}"]


def apply_params(raw: Path, edit: Path, out: Path, device: str) -> list[str]:
    script = str(REPO_ROOT / "scripts" / "apply_params.py")
    words = [str(raw.resolve()), str(edit), "--out", str(out), "--overwrite", "--device", device]
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
