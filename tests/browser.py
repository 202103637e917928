"""A real browser for the tests of HTML pages: the system's chromium, headless, by playwright."""

import contextlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    executable = chromium()
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        # Without a sandbox: containers and root have none to offer, and the page is our own.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height}, offline=True, service_workers="block"
            )
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text))
            page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
            page.goto(path.resolve().as_uri())
            yield page
        finally:
            browser.close()
    assert not complaints, complaints


def screenshot(page: Any) -> np.ndarray:
    """What is seen of a page now: HxWx3 uint8."""
    from PIL import Image

    with Image.open(io.BytesIO(page.screenshot())) as picture:
        return np.asarray(picture.convert("RGB"))
