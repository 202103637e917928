"""A studio on small simulated RAW files, asked as its page asks it."""

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from studio.app import make_app
from studio.settings import StudioSettings
from studio.work import Work

PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
TOKEN = "a-token-of-the-tests"
COOKIE = f"autoacr_{PORT}={TOKEN}"
OURS = {"Origin": ADDRESS}


def write_shoot(
    folder: Path, count: int, size: tuple[int, int] = (64, 96), seconds: float = 60.0
) -> list[Path]:
    """RAW files named by number, each so many seconds after the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"IMG_{number:04}.dng" for number in range(count)]
    for number, path in enumerate(paths):
        clock = time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(1.7e9 + number * seconds))
        write_dng(path, scene(number, *size), tags=[(306, "s", 0, clock, True)])
    return paths


@dataclass
class Studio:
    """A session, its work, and a page's way to ask."""

    work: Work
    client: TestClient

    @property
    def ids(self) -> list[str]:
        return list(self.work.session.pictures)

    def get(self, path: str) -> Any:
        return self._json(self.client.get(f"/api{path}"))

    def post(self, path: str, **body: Any) -> Any:
        return self._json(self.client.post(f"/api{path}", json=body, headers=OURS))

    def picture(self, path: str, **body: Any) -> np.ndarray:
        """A JPEG that is answered, HxWx3 uint8."""
        answer = self.client.post(f"/api{path}", json=body, headers=OURS)
        assert answer.status_code == 200, answer.text
        return pixels_of(answer.content)

    def error(self, path: str, status: int, **body: Any) -> str:
        """The line of a call that is refused."""
        answer = self.client.post(f"/api{path}", json=body, headers=OURS)
        assert answer.status_code == status, answer.text
        line: str = answer.json()["error"]
        assert "\n" not in line
        return line

    def sliders(self, name: str) -> dict[str, float]:
        found: dict[str, float] = self.get(f"/pictures/{name}")["edit"]["sliders"]
        return found

    def wait(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        """For what the background does."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "it didn't come about"
            time.sleep(0.01)

    def wait_predicted(self) -> None:
        pictures = self.work.session.pictures.values()
        self.wait(lambda: all(picture.status != "waiting" for picture in pictures))

    @staticmethod
    def _json(answer: Any) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.contextmanager
def open_studio(
    folder: Path, output: Path, *, start: bool = False, **more: Any
) -> Iterator[Studio]:
    """A studio on a folder. start: with what goes on in its background."""
    settings = StudioSettings([folder], output, browser=False, port=PORT, **more)
    with Work(settings) as work:
        if start:
            work.start()
        client = TestClient(make_app(work, TOKEN), base_url=ADDRESS)
        client.headers["Cookie"] = COOKIE
        yield Studio(work, client)


def pixels_of(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("RGB"))
