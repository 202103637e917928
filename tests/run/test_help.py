"""--help answers at once: none of what only work needs is loaded for it."""

import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
COMMANDS = sorted(
    str(file.relative_to(REPO))
    for file in (*REPO.glob("run/*.py"), *REPO.glob("scripts/*.py"), *REPO.glob("download_*.py"))
    if "def main(" in file.read_text(encoding="utf-8")
)
# Whose flags offer what is computed.
WITH_NUMPY = {
    "scripts/base_study.py",
    "scripts/benchmark.py",
    "scripts/demosaic_study.py",
    "scripts/convert_tiff_to_prophoto.py",
    "scripts/evaluate_demo.py",
    "scripts/learning_curve.py",
    "scripts/make_synthetic_set.py",
    "scripts/style_preset.py",
}
HEAVY = {
    *("torch", "torchvision", "timm", "onnx", "safetensors", "huggingface_hub", "matplotlib"),
    *("cv2", "rawpy", "tifffile", "imagecodecs", "PIL", "skimage", "scipy", "lxml", "jinja2"),
    *("tqdm", "exifread"),
}
_PROGRAM = """
import runpy, sys
sys.argv = [sys.argv[1], "--help"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print("loaded:", *{name.partition(".")[0] for name in sys.modules})
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    call = [sys.executable, "-c", _PROGRAM, command]
    done = subprocess.run(call, cwd=REPO, capture_output=True, text=True, timeout=60, check=True)
    text, _, modules = done.stdout.rpartition("loaded: ")
    assert text.startswith("usage: ")
    loaded = set(modules.split())
    assert "params" in loaded
    assert loaded & HEAVY == set()
    assert ("numpy" in loaded) == (command in WITH_NUMPY)


def test_all_commands_are_looked_at() -> None:
    assert {"run/inference.py", "scripts/demo.py", "download_fivek_editor.py"} <= set(COMMANDS)
