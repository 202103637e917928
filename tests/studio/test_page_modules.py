"""The page's modules that compute: the curve is Camera Raw's, the filter is what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import chromium

from params.xmp_curve import draw

STATIC = Path(__file__).resolve().parents[2] / "studio" / "static"


def test_every_module_is_asked_for_at_once_and_short() -> None:
    template = (STATIC.parent / "templates" / "studio.html").read_text(encoding="utf-8")
    for module in STATIC.glob("*.js"):
        assert f'"{module.stem}"' in template or module.name == "studio.js", module
        assert len(module.read_text(encoding="utf-8").splitlines()) <= 300, module


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page that imports the modules by their names, with no server."""
    executable = chromium()  # first: it skips where there is no playwright
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()

        def answer(route: Any) -> None:
            name = route.request.url.rpartition("/")[2]
            if not name:
                route.fulfill(body="", content_type="text/html")
            else:
                text = (STATIC / name).read_text(encoding="utf-8")
                route.fulfill(body=text, content_type="text/javascript")

        page.route("http://studio.test/*", answer)
        page.goto("http://studio.test/")
        yield page
        browser.close()


@pytest.mark.parametrize(
    "points",
    [
        [[0, 0], [255, 255]],
        [[0, 0], [64, 40], [190, 220], [255, 255]],
        [[10, 30], [100, 90], [101, 160], [250, 200]],
        [[0, 255], [128, 0], [255, 255]],
        [[0, 0], [20, 60], [60, 30], [90, 200], [200, 10], [255, 255]],
    ],
)
def test_the_curve_is_the_one_that_is_rendered(page: Any, points: list[list[int]]) -> None:
    drawn = page.evaluate(
        "async (points) => (await import('/spline.js')).curveValues(points)", points
    )
    expected = draw([(x, y) for x, y in points])
    np.testing.assert_allclose([y for _, y in drawn], expected, atol=1e-9)


def picture(name: str, **facts: Any) -> dict[str, Any]:
    known = {"folder": "", "camera": "A", "date": None, "rating": 0, "flag": "", "size": None}
    rest = {"status": "predicted", "confidence": None, "differs": None, "corrected": False}
    return {"id": name, "name": name, "accepted": False, "stale": False, **known, **rest, **facts}


PICTURES = [
    picture("a", rating=3, confidence=0.9, size=2.0, differs=0.5, flag="pick", corrected=True),
    picture("b", confidence=0.2, size=9.0, camera="B", date="2026-05-02T10:00:00", accepted=True),
    picture("c", rating=5, size=4.0, differs=3.0, flag="reject", folder="day two"),
    picture("D", status="failed"),
]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "abcD"),
        ({"back": True}, "Dcba"),
        ({"sort": "confidence"}, "bacD"),
        ({"sort": "size"}, "bcaD"),
        ({"sort": "differs"}, "cabD"),
        ({"sort": "rating"}, "cabD"),
        ({"sort": "name"}, "abcD"),
        ({"sort": "date"}, "bacD"),
        ({"text": "TWO"}, "c"),
        ({"camera": "B"}, "b"),
        ({"day": "2026-05-02"}, "b"),
        ({"flag": "pick"}, "a"),
        ({"flag": "kept"}, "abD"),
        ({"flag": "none"}, "bD"),
        ({"rating": 4}, "c"),
        ({"confidence": 50}, "b"),
        ({"size": 4}, "bc"),
        ({"differs": 1}, "c"),
        ({"state": "corrected"}, "a"),
        ({"state": "failed"}, "D"),
        ({"state": "open"}, "acD"),
        ({"state": "untouched", "sort": "size"}, "bc"),
    ],
)
def test_the_filter_shows_and_sorts(page: Any, filters: dict[str, Any], expected: str) -> None:
    shown = page.evaluate(
        """async ([pictures, asked]) => {
          const { NOTHING, arrange } = await import("/filters.js");
          return arrange(pictures, { ...NOTHING, ...asked });
        }""",
        [PICTURES, filters],
    )
    assert "".join(shown) == expected
