"""A real browser for the tests of HTML pages: the system's chromium, headless, by playwright."""

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The browser's path; the test is skipped where there is none, or no playwright."""
    pytest.importorskip("playwright.sync_api", reason='pip install -e ".[browser]"')
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no chromium here (Debian: apt-get install chromium)")
    return found


@contextlib.contextmanager
def opened(path: Path, width: int = 1200, height: int = 800) -> Iterator[Any]:
    """A page (playwright's) showing a file, with no network; what it complains of is an error."""
    with windows(offline=True, viewport={"width": width, "height": height}) as window:
        yield window(path.resolve().as_uri())


@contextlib.contextmanager
def windows(forgiven: str = "", **context: Any) -> Iterator[Callable[[str], Any]]:
    """What opens an address in a new window (playwright's page) of one browser.

    What a page complains of, or what it asks of any other place, is an error.

    Args:
        forgiven: part of complaints that are expected.
        context: playwright's options, of windows that share cookies.
    """
    executable = chromium()
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        # Without a sandbox: containers and root have none to offer, and the page is our own.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        shared = browser.new_context(service_workers="block", **context)

        def window(address: str) -> Any:
            page, home = shared.new_page(), urlsplit(address).netloc
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(f"{said.text} {said.location}"))
            page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
            page.on("request", lambda sent: complaints.extend(_elsewhere(sent.url, home)))
            page.goto(address)
            return page

        try:
            yield window
        finally:
            browser.close()
    left = [line for line in complaints if not forgiven or forgiven not in line]
    assert not left, left


def _elsewhere(url: str, home: str) -> list[str]:
    """A complaint where an address is not of this host and port."""
    parts = urlsplit(url)
    return [f"asked {url}"] if parts.scheme in ("http", "https") and parts.netloc != home else []


def screenshot(page: Any) -> np.ndarray:
    """What is seen of a page now: HxWx3 uint8."""
    from PIL import Image

    with Image.open(io.BytesIO(page.screenshot())) as picture:
        return np.asarray(picture.convert("RGB"))
