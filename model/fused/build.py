"""Compiles the edit kernel with the machine's C compiler, once; python -m model.fused.build does so
ahead of need.

The library is kept in the user's cache folder, or beside its sources, under a name that depends on
all that went into it and on its own content: one that is damaged is compiled anew. Where there is
no compiler there is no kernel: the edit layer does its work. A compiler that fails is tried again
after a day, or by the module's own call.
"""

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

from model.fused.kept import (
    LETTERS,
    clear_away,
    forget_refusal,
    keep_refusal,
    kept_library,
    refusal,
)
from params.files import InputError, content_digest
from params.user_cache import can_keep, user_cache

log = logging.getLogger(__name__)

SOURCES = Path(__file__).parent
_MAIN = "kernel.c"
# What -ffast-math would allow beyond this changes results, or how the whole process rounds. That
# numbers are finite is seen to before they come in: see kernel.c.
_FLAGS = (
    *("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=default", "-ffp-contract=fast"),
    *("-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-ffinite-math-only"),
)
# For this machine's own instructions, as compilers call it; then for any of its kind. On Windows
# only so: GCC does not align the stack there as AVX wants it, which ends the process (bug 54412).
_NATIVE: tuple[tuple[str, ...], ...] = (
    ((),) if os.name == "nt" else (("-march=native",), ("-mcpu=native",), ())
)
_COMPILERS = ("cc", "gcc", "clang")
_SECONDS = 120.0
_LACKS = "the edit kernel can't be compiled, the edit layer renders without it: %s"
_TRIED = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).check_self() and sys.exit(1)"


def library_path(*, again: bool = False) -> Path | None:
    """The compiled kernel, compiled now if it has not been; None where that can't be done.

    again: also where that could not be done a short while ago.
    """
    command = _compiler()
    if command is None:
        log.info("no C compiler found: the edit layer renders without its kernel")
        return None
    name = f"kernel-{_digest(command)}"
    for folder in _folders():
        if (kept := kept_library(folder, name)) is not None:
            return kept
        if again:
            forget_refusal(folder, name)
        elif (reason := refusal(folder, name)) is not None:
            log.info(_LACKS, reason)
            return None
    for folder in _folders():
        if not can_keep(folder):
            log.debug("%s: the edit kernel can't be kept there", folder)
            continue
        try:
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                made = _compiled(command, Path(scratch))
                if isinstance(made, str):
                    log.info(_LACKS, made)
                    keep_refusal(folder, name, made)
                    return None
                target = folder / f"{name}-{content_digest(made)[:LETTERS]}.so"
                os.replace(made, target)
            clear_away(folder)
            return target
        except (OSError, InputError) as error:
            log.debug("%s: the edit kernel is not kept there: %s", folder, error)
    log.info("no folder to keep the compiled edit kernel in: the edit layer renders without")
    return None


def _compiled(command: tuple[str, ...], folder: Path) -> Path | str:
    """The library, in a folder; or in a line why there is none."""
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
    lines = said.strip().splitlines()
    errors = [line for line in lines if "error" in line.lower()]  # more explains them
    return (errors[:1] or lines[-1:] or ["the compiler doesn't say why"])[0].strip()


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
    return digest.hexdigest()[:LETTERS]


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
    path = library_path(again=True)
    if path is not None:
        log.info("the edit kernel is ready: %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
