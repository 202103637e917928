"""The `studio` part of scripts/benchmark.py: how soon it shows something, and what it takes.

It is started as a user would start it, on a folder of simulated RAW files or on --input, and asked
as its page asks: the list, the first screen of thumbnails, a slider that moves, tiles at full
size; then picture after picture, with the memory of all its processes. Milliseconds are those of
the clock, and the server's processor time (Linux) beside them.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cli.types import whole_number
from params.files import REPO_ROOT, InputError

_SCREEN = 24  # thumbnails
_BASIC = ("Exposure2012", "Highlights2012", "Shadows2012", "Temperature", "Vibrance")
_ALL = {
    **{"Texture": 20, "Clarity2012": 20, "Dehaze": 15, "HueAdjustmentRed": 10, "ShadowTint": 5},
    **{"SplitToningShadowHue": 200, "SplitToningShadowSaturation": 10, "ParametricDarks": 10},
    **{"GrainAmount": 20, "PostCropVignetteAmount": -20, "Saturation": 5},
}
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input", type=Path, help="a folder of RAW files in place of simulated ones"
    )
    parser.add_argument("--count", type=whole_number(2), default=500, help="simulated pictures")
    parser.add_argument("--height", type=whole_number(64), default=1200, help="their rows")
    parser.add_argument("--looked-at", type=whole_number(1), default=60, help="pictures opened")
    parser.add_argument("--moves", type=whole_number(1), default=20, help="of a slider")


def run(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = args.input or _simulated(Path(name) / "shoot", args.count, args.height)
        with opened(folder, Path(name) / "out") as studio:
            for line in figures(studio, args.looked_at, args.moves):
                print(line, flush=True)


def figures(studio: "Asked", looked_at: int, moves: int) -> Iterator[str]:
    """One line a figure."""
    start = time.perf_counter()
    pictures = studio.json("GET", "/api/pictures")["pictures"]
    listed = time.perf_counter() - start
    ids = [picture["id"] for picture in pictures]
    for name in ids[:_SCREEN]:
        studio.ask("GET", f"/api/pictures/{name}/thumb?v=0")
    screen = time.perf_counter() - start
    yield f"list of {len(ids)} pictures after {listed:.2f} s"
    yield f"{_SCREEN} thumbnails after {screen:.2f} s"
    studio.json("POST", "/api/cancel", {})
    time.sleep(2.0)  # the picture that is being predicted
    name = ids[0]
    yield f"first look at a picture: {studio.timed(name, {})}"
    for what, more in (("a slider of the basic panels", {}), ("with every panel in use", _ALL)):
        spent = [studio.timed(name, {**more, **_moved(n)}) for n in range(moves + 1)][1:]
        yield f"{what}, 1600 px: {_median(spent)}"
    start = time.perf_counter()
    tile: dict[str, Any] = {"x": 0, "y": 0, "width": 1024, "height": 1024}
    studio.ask("POST", f"/api/pictures/{name}/tile", tile)
    yield f"first tile of 1024 px: {1000 * (time.perf_counter() - start):.0f} ms"
    spent = [studio.timed(name, {"Exposure2012": n / 10}, tile=tile) for n in range(moves)]
    yield f"a tile with a slider moved: {_median(spent)}"
    seen = []
    for number in range(looked_at):
        studio.timed(ids[number % len(ids)], {"Exposure2012": 0.5})
        seen.append(studio.memory())
    tenth = max(len(seen) // 10, 1)
    early, late = max(seen[2 * tenth : 3 * tenth] or seen), max(seen[-tenth:])
    yield f"memory after a fifth of {looked_at} pictures {early:.0f} MB, after all {late:.0f} MB"


def _moved(number: int) -> dict[str, float]:
    """A slider of the basic panels somewhere else than in the call before."""
    name = _BASIC[number % len(_BASIC)]
    return {name: 5500 + 10 * number if name == "Temperature" else 1 + number % 4}


class Spent(tuple[float, float]):
    """Milliseconds of the clock, and of the server's processor time."""

    def __str__(self) -> str:
        return f"{self[0]:.0f} ms, {self[1]:.0f} ms of processor time"


class Asked:
    """A studio that runs in a process of its own, and a connection to it."""

    def __init__(self, process: int, port: int, token: str) -> None:
        self._process, self._port, self._cookie = process, port, f"autoacr_{port}={token}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """What is answered. Raises InputError where that is an error."""
        headers = {"Cookie": self._cookie, "Content-Type": "application/json"}
        headers["Origin"] = f"http://127.0.0.1:{self._port}"
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise InputError(f"{path}: {answer.status}: {data[:200].decode(errors='replace')}")
        return data

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.ask(method, path, body))

    def timed(self, name: str, values: dict[str, float], tile: Any = None) -> Spent:
        """A render, or a tile, with sliders set."""
        path = f"/api/pictures/{name}/{'render' if tile is None else 'tile'}"
        before, start = self._processor(), time.perf_counter()
        self.ask("POST", path, {**(tile or {}), "changes": {"set": values}})
        return Spent((1000 * (time.perf_counter() - start), 1000 * (self._processor() - before)))

    def memory(self) -> float:
        """MB that the server and its decoders hold, shared pages once each (Linux)."""
        total = 0.0
        for process in (self._process, *_children(self._process)):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{process}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024  # type: ignore[index]
        return total

    def _processor(self) -> float:
        """Seconds of the server itself; its decoders read files meanwhile."""
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / _TICK
        return 0.0


@contextlib.contextmanager
def opened(folder: Path, output: Path, more: Sequence[str] = ()) -> Iterator[Asked]:
    """A studio in a process of its own.

    Raises:
        InputError: it doesn't start.
    """
    command = [sys.executable, str(REPO_ROOT / "run" / "studio.py"), str(folder), "--no-browser"]
    with subprocess.Popen(
        [*command, "--output", str(output), *more], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            said = ""
            while (found := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", said)) is None:
                line = process.stderr.readline()
                if not line:
                    raise InputError(f"the studio doesn't start: {said}")
                said += line
            yield Asked(process.pid, int(found[1]), found[2])
        finally:
            process.terminate()
            process.communicate()


def _children(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
        return [int(word) for word in text.split()]
    return []


def _median(spent: Sequence[Spent]) -> Spent:
    clock, processor = np.median(np.array(spent), axis=0).tolist()
    return Spent((clock, processor))


def _simulated(folder: Path, count: int, height: int) -> Path:
    """Drawn pictures, few that differ, under many names; with previews, as cameras write them."""
    import cv2

    from dataset.synthetic.write_dng import write_dng
    from imaging.jpeg import jpeg_bytes

    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    contents = []
    for number in range(min(count, 8)):
        grid = random.random((12, 18, 3), np.float32) * 0.5 + 0.1
        size = (height * 3 // 2, height)
        scene = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC).clip(0.0, 1.0)
        preview = jpeg_bytes((scene * 255.0).astype(np.uint8), 85, "4:2:0")
        path = folder / "drawn.dng"
        write_dng(path, scene, seed=number)
        contents.append(_with_preview(path.read_bytes(), preview))
        path.unlink()
    for number in range(count):
        (folder / f"IMG_{number:04}.dng").write_bytes(contents[number % len(contents)])
    return folder


def _with_preview(dng: bytes, preview: bytes) -> bytes:
    """A little-endian DNG whose second directory is that of a JPEG."""
    from imaging.exif_ifd import LONG, Field, write_directory

    first = int.from_bytes(dng[4:8], "little")
    link = first + 2 + 12 * int.from_bytes(dng[first : first + 2], "little")
    jpeg = len(dng) + len(dng) % 2
    place = jpeg + len(preview) + len(preview) % 2
    fields = {513: Field(LONG, (jpeg,)), 514: Field(LONG, (len(preview),))}
    parts = dng[:link], place.to_bytes(4, "little"), dng[link + 4 :], bytes(len(dng) % 2)
    return b"".join((*parts, preview, bytes(len(preview) % 2), write_directory(fields, place)))
