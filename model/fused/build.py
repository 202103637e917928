"""Compiles the edit kernel with the machine's C compiler, once; python -m model.fused.build does so
ahead of need.

The library is kept in the user's cache folder, or beside its sources, under a name that depends on
all that went into it and on its own content: one that is damaged is compiled anew. Where there is
no compiler there is no kernel: the edit layer does its work.
"""

import contextlib
import functools
import hashlib
import importlib.util
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from params.files import InputError, content_digest
from params.user_cache import can_keep, is_own, user_cache

log = logging.getLogger(__name__)

SOURCES = Path(__file__).parent
_MAIN = "kernel.c"
# What -ffast-math would allow beyond this changes results, or how the whole process rounds. That
# numbers are finite is seen to before they come in: see kernel.c.
_FLAGS = (
    *("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=default", "-ffp-contract=fast"),
    *("-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-ffinite-math-only"),
)
# For this machine's own instructions, as compilers call it; then for any of its kind.
_NATIVE = (("-march=native",), ("-mcpu=native",), ())
_COMPILERS = ("cc", "gcc", "clang")
_SECONDS = 120.0
_LETTERS = 16  # of a digest, in a file's name
_TRIED = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).check_self() and sys.exit(1)"


def library_path() -> Path | None:
    """The compiled kernel, compiled now if it has not been; None where that can't be done."""
    command = _compiler()
    if command is None:
        log.info("no C compiler found: the edit layer renders without its kernel")
        return None
    name = f"kernel-{_digest(command)}"
    for folder in _folders():
        if (kept := _kept(folder, name)) is not None:
            return kept
    for folder in _folders():
        if not can_keep(folder):
            log.debug("%s: the edit kernel can't be kept there", folder)
            continue
        try:
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                made = _compiled(command, Path(scratch))
                if made is None:
                    return None
                target = folder / f"{name}-{content_digest(made)[:_LETTERS]}.so"
                os.replace(made, target)
            return target
        except (OSError, InputError) as error:
            log.debug("%s: the edit kernel is not kept there: %s", folder, error)
    log.info("no folder to keep the compiled edit kernel in: the edit layer renders without")
    return None


def _kept(folder: Path, name: str) -> Path | None:
    """The kernel of that name in a folder; None where there is none that is whole and the user's.

    Loading one that was cut short could end this process.
    """
    with contextlib.suppress(OSError, InputError):
        if not is_own(folder):
            return None
        for path in sorted(folder.glob(f"{name}-*.so")):
            if is_own(path) and path.stem == f"{name}-{content_digest(path)[:_LETTERS]}":
                return path
    return None


def _compiled(command: tuple[str, ...], folder: Path) -> Path | None:
    log.info("compiling the edit kernel with %s, once", " ".join(command))
    target, said = folder / "kernel.so", ""
    for native in _NATIVE:
        line = [*command, *_FLAGS, *native, str(SOURCES / _MAIN), "-lm", "-o", str(target)]
        try:
            subprocess.run(line, check=True, capture_output=True, text=True, timeout=_SECONDS)
            # In a process of its own: an instruction that this machine lacks would end it.
            tried = [sys.executable, "-P", "-c", _TRIED, str(target)]
            subprocess.run(tried, check=True, capture_output=True, text=True, timeout=_SECONDS)
            return target
        except (OSError, subprocess.SubprocessError) as error:
            said = str(getattr(error, "stderr", "") or error)
            log.debug("%s: %s", " ".join(line), said)
    last = said.strip().splitlines()[-1:] or [""]
    log.info("the edit kernel can't be compiled, the edit layer renders without it: %s", last[0])
    return None


@functools.cache
def _compiler() -> tuple[str, ...] | None:
    """The command of a C compiler: the system's, or that of the ziglang package."""
    for name in _COMPILERS:
        found = shutil.which(name)
        if found:
            return (found,)
    if importlib.util.find_spec("ziglang") is not None:
        return sys.executable, "-m", "ziglang", "cc"
    return None


def _folders() -> Iterator[Path]:
    if (own := user_cache()) is not None:
        yield own
    yield SOURCES / "compiled"


def _digest(command: tuple[str, ...]) -> str:
    """Of sources, flags, compiler and processor."""
    digest = hashlib.sha256()
    for path in sorted([*SOURCES.glob("*.c"), *SOURCES.glob("*.h")]):
        digest.update(path.name.encode() + path.read_bytes())
    compiler = Path(command[0]).resolve()
    stat = compiler.stat()
    about = (_FLAGS, _NATIVE, command, str(compiler), stat.st_size, stat.st_mtime_ns, _processor())
    digest.update(repr(about).encode())
    return digest.hexdigest()[:_LETTERS]


def _processor() -> str:
    """What tells processors apart that don't have the same instructions."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            first = file.read(1 << 14).split("\n\n")[0].splitlines()
        told = [line for line in first if line.startswith(("model name", "flags", "Features"))]
    except OSError:
        told = [platform.processor()]
    return "\n".join([platform.system(), platform.machine(), *told])


def main() -> int:
    """Compile it, where that can be done; 0 either way, because nothing depends on it."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    path = library_path()
    if path is not None:
        log.info("the edit kernel is ready: %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
