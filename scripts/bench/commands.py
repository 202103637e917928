"""Whole commands, ours and other converters', each in a process of its own."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from params.files import REPO_ROOT, InputError

OTHERS = ("rawtherapee-cli", "darktable-cli")


def raw_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--raw",
        type=Path,
        default=REPO_ROOT / "samples" / "raw" / "coffee.dng",
        help="RAW file to render",
    )


class Run(NamedTuple):
    """Of a command and the processes that it starts: seconds on the wall and of all cores
    together, and peak memory, on Linux of all at once, elsewhere of the largest.
    """

    seconds: float
    cpu: float
    megabytes: float


# A process's peak memory counts from what its parent held when it began, so the parent is small.
# On Linux it also waits for what the command leaves behind (PR_SET_CHILD_SUBREAPER is 36), whose
# seconds would be lost, and adds up what the command's processes hold 50 times a second.
_LAUNCHER = """
import contextlib, os, resource, subprocess, sys, time
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
PAGE = os.sysconf("SC_PAGE_SIZE") if sys.platform == "linux" else 0

def held(process):
    pages, below = 0, []
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open(f"/proc/{process}/statm") as file:
            fields = file.read().split()
            pages = int(fields[1]) - int(fields[2])
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children") as file:
                below += map(int, file.read().split())
    return pages * PAGE + sum(map(held, below))

started = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
peak, ended = 0, 0
while not ended:
    ended, status = os.waitpid(process.pid, os.WNOHANG)
    seconds = time.perf_counter() - started
    if not ended:
        if PAGE:
            peak = max(peak, held(process.pid))
        time.sleep(0.02)
process.returncode = os.waitstatus_to_exitcode(status)
with contextlib.suppress(ChildProcessError):
    while True:
        os.wait()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
with open(sys.argv[1], "w") as file:
    print(seconds, usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss * unit), file=file)
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
    return Run(seconds, cpu, peak / (1 << 20))


def python_code(code: str) -> list[str]:
    """Python that finds our packages."""
    return [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(REPO_ROOT)!r})\n{code}"]


def apply_params(raw: Path, edit: Path, out: Path, device: str) -> list[str]:
    script = str(REPO_ROOT / "scripts" / "apply_params.py")
    words = [str(raw.resolve()), str(edit), "--out", str(out), "--overwrite", "--device", device]
    return [sys.executable, script, *words]


def predict_and_render(raw: Path, checkpoint: Path | str, output: Path, device: str) -> list[str]:
    """Of a RAW file, or of a folder of them. checkpoint: or "auto"."""
    script = str(REPO_ROOT / "run" / "predict_and_render.py")
    words = ["--checkpoint", str(checkpoint), "--input", str(raw.resolve()), "--batch"]
    words += ["--output", str(output), "--overwrite", "--device", device]
    return [sys.executable, script, *words]


def other_converter(program: str, raw: Path, folder: Path, suffix: str = ".tif") -> list[str]:
    """Its defaults, of a RAW file or a folder of them, into a folder, on the CPU.

    suffix: ".tif", 16 bits and uncompressed, or ".jpg" of quality 95, its colour at full size.
    """
    tiff, source = suffix == ".tif", str(raw.resolve())
    if Path(program).name == "rawtherapee-cli":
        form = ["-t", "-b16"] if tiff else ["-j95", "-js3"]
        return [program, "-q", "-d", "-o", str(folder), *form, "-Y", "-c", source]
    options = {"configdir": str(folder / "darktable"), "library": ":memory:"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    conf = {
        "write_sidecar_files": "never",
        "plugins/imageio/format/tiff/bpp": "16",
        "plugins/imageio/format/jpeg/quality": "95",
        "plugins/imageio/format/jpeg/subsample": "1",  # of its choices: 4:4:4
    }
    words += [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
    profile = ["--icc-type", "PROPHOTO_RGB" if tiff else "SRGB", "--out-ext", suffix]
    return [program, source, str(folder), *profile, "--core", "--disable-opencl", *words]
