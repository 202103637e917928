"""A program that ends with whoever started it."""

import subprocess
import sys
from pathlib import Path

from params.files import REPO_ROOT

PROGRAM = """
import sys, time
print(sys.argv[1:], __name__, flush=True)
time.sleep(float(sys.argv[1]))
"""


def started(program: Path, *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "jobs.while_owned", str(program), *words]
    return subprocess.Popen(command, cwd=REPO_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_it_is_the_program(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    with started(file, "0", "two words") as process:
        assert process.stdout is not None
        assert process.stdout.read().decode().strip() == "['0', 'two words'] __main__"
        assert process.wait(20) == 0


def test_it_ends_when_its_input_does(tmp_path: Path) -> None:
    """Which is closed with the starter's process, however that ends."""
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    with started(file, "600") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(20) == 1
