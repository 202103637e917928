"""A command that is started without standard files does its work all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from params.files import REPO_ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="started by a shell")

WORDS = '"$1" run/inference.py --input "$2" --output "$3"'


@pytest.mark.parametrize("closed", ["<&- >&-", "<&- >&- 2>&-"])
def test_pictures_are_read_and_written(closed: str, raws: Path, tmp_path: Path) -> None:
    words = [sys.executable, raws / "good.dng", tmp_path / "out"]
    line = ["sh", "-c", f"{WORDS} {closed}", "sh", *map(str, words)]
    how = {"cwd": REPO_ROOT, "stderr": subprocess.PIPE, "text": True, "timeout": 120}
    found = subprocess.run(line, check=False, **how)
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "out" / "xmps" / "good.xmp").is_file()
