"""What a command loads: torch takes longer than many a command's work."""

import subprocess
import sys
from pathlib import Path

_REPO = Path(__file__).resolve().parents[1]
# What is loaded when all is done goes to standard output.
_PROGRAM = """
import sys
sys.path.insert(0, {repo!r})
import run.{command} as command
status = command.main(sys.argv[1:])
heavy = {{"torch", "torchvision", "timm", "onnx", "matplotlib"}}
print(status, *sorted(heavy & set(sys.modules)))
"""


def loaded(command: str, *words: object) -> str:
    """Exit status, and which heavy packages a command has loaded."""
    program = _PROGRAM.format(repo=str(_REPO), command=command)
    call = [sys.executable, "-c", program, *map(str, words)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip()
