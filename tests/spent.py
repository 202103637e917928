"""What reading a file costs: measured in a process of its own, with a limit of memory."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_CODE = """
import importlib, json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
calls = json.load(sys.stdin)
sys.path[:0] = calls["path"]
from pathlib import Path
import cv2, imagecodecs, rawpy, tifffile
from imaging.raw_picture import RawPicture
def raw(path):
    with RawPicture(path) as picture:
        return picture.shot, picture.metadata, picture.linear_prophoto(512, 2)
found = []
for module, function, path in calls["calls"]:
    reader = getattr(importlib.import_module(module), function) if module else raw
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, error = time.process_time(), ""
    try:
        reader(Path(path))
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    seconds = time.process_time() - start
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found.append((error, seconds, more / 1024))
print(json.dumps(found))
"""
RAW = ("", "")


class Spent(NamedTuple):
    """error: its type and text, or "". seconds: of processor time. megabytes: of memory."""

    error: str
    seconds: float
    megabytes: float


def spent(calls: Sequence[tuple[tuple[str, str], Path]]) -> list[Spent]:
    """What each call took: of a reader, as (module, function) or RAW, with a path."""
    document = {"calls": [(*reader, str(path)) for reader, path in calls], "path": sys.path}
    done = subprocess.run(
        [sys.executable, "-c", _CODE],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [Spent(*one) for one in json.loads(done.stdout.splitlines()[-1])]
