"""The studio's page in a browser: a made-up shoot, the command that serves it, and what is seen."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from browser import chromium, windows
from simulated import scene

from dataset.synthetic.write_dng import write_dng

REPO = Path(__file__).resolve().parents[1]
PATIENCE = 90.0  # seconds, on a busy machine
# A name that would be markup, if it were let.
HOSTILE = "<img src=x onerror=alert(1)>&amp;'\"; b.dng"
CAMERAS = ("Alpha", "Beta")
_DATE_TIME = 306
_ADDRESS = re.compile(r"http://\S+/\?token=\S+")


def write_shoot(folder: Path, count: int, height: int = 160) -> list[str]:
    """Simulated RAW files by two cameras, on two days; their names, the last of them hostile."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [*(f"shot {number:03d}.dng" for number in range(count - 1)), HOSTILE]
    for number, name in enumerate(names):
        taken = f"2026:05:{1 + number % 2:02d} 10:{number % 60:02d}:00"
        write_dng(
            folder / name,
            scene(number, height, height * 3 // 2),
            seed=number,
            camera=("Simulated", CAMERAS[number % 2]),
            tags=[(_DATE_TIME, "s", 0, taken, True)],
        )
    return names


class Served:
    """A studio that runs, as its command: `address` has the token."""

    def __init__(self, folder: Path, output: Path, *flags: str) -> None:
        words = [sys.executable, str(REPO / "run" / "studio.py"), str(folder), "--no-browser"]
        self.process = subprocess.Popen(
            [*words, "--output", str(output), *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self.said: list[str] = []
        self.address = self._address()
        # What it says later must not fill the pipe.
        threading.Thread(target=self._drain, daemon=True).start()

    def _address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := _ADDRESS.search(line):
                return found.group()
        raise AssertionError("".join(self.said))

    def _drain(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError):
            self.said.extend(self.process.stdout)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.kill()
        self.process.wait(PATIENCE)


@contextlib.contextmanager
def served(folder: Path, output: Path, *flags: str) -> Iterator[Served]:
    """A studio on a folder, killed at the end."""
    studio = Served(folder, output, *flags)
    try:
        yield studio
    finally:
        studio.kill()


@contextlib.contextmanager
def served_shoot(folder: Path, count: int) -> Iterator[Served]:
    """A studio on a shoot of its own, where there is a browser to look at it."""
    chromium()
    write_shoot(folder / "shoot", count)
    with served(folder / "shoot", folder / "out") as running:
        yield running


@contextlib.contextmanager
def page_of(studio: Served, width: int = 1200, height: int = 800, **context: Any) -> Iterator[Any]:
    """The studio's page, when all pictures are predicted."""
    with pages_of(studio, viewport={"width": width, "height": height}, **context) as window:
        yield window()


@contextlib.contextmanager
def pages_of(studio: Served, forgiven: str = "", **context: Any) -> Iterator[Callable[..., Any]]:
    """What opens the studio's page in a new window; with False before all is predicted."""
    with windows(forgiven, **context) as window:

        def open_page(predicted: bool = True) -> Any:
            page = window(studio.address)
            page.set_default_timeout(1000 * PATIENCE)
            page.wait_for_selector("html[data-ready]")
            if predicted:
                wait_until(page, ALL_PREDICTED)
            return page

        yield open_page


ALL_PREDICTED = """async () => {
  const { pictures } = await (await fetch("/api/pictures")).json();
  return pictures.every((one) => one.status !== "waiting") && pictures;
}"""
_MEANS = """() => {
  const view = document.querySelector("#view");
  const copy = new OffscreenCanvas(60, 40).getContext("2d");
  copy.drawImage(view, 0, 0, 60, 40);
  return [...copy.getImageData(0, 0, 60, 40).data];
}"""


def wait_until(page: Any, script: str, value: Any = None) -> Any:
    """What a function in the page gives, when that is true or the like; an error if it never is.

    Playwright's own way takes eval, which the page's policy refuses.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := page.evaluate(script, value):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"never came to pass: {script} {value!r}")


def pixels(page: Any) -> Any:
    """What the picture view shows, made small: 40x60x4 floats 0..255."""
    import numpy as np

    return np.array(page.evaluate(_MEANS), dtype=float).reshape(40, 60, 4)


def open_picture(page: Any, place: int = 0) -> None:
    """Look at the picture at a place of the grid, until it is there with its sliders."""
    page.locator(".card").nth(place).dblclick()
    page.wait_for_selector("#view[data-shown]")
    wait_until(page, "() => !document.querySelector('#side').inert")


def wait_for_pixels(page: Any, wanted: Callable[[Any], bool]) -> Any:
    """The shown pixels, when they are as wanted; an error where they never are."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        shown = pixels(page)
        if wanted(shown):
            return shown
        page.wait_for_timeout(100)
    raise AssertionError("the picture never became so")


def settled(page: Any) -> Any:
    """The shown pixels, when no others are on their way."""
    page.wait_for_selector("#viewer[aria-busy=false]")
    page.wait_for_timeout(100)
    return pixels(page)


def ask(page: Any, path: str) -> Any:
    """What the server answers to the page."""
    return page.evaluate("async (path) => (await fetch(path)).json()", path)


def corrected(page: Any) -> list[str]:
    """Names of the pictures that the server has corrections of."""
    return [one["name"] for one in ask(page, "/api/pictures")["pictures"] if one["corrected"]]
