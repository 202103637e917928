"""The contact sheet: right numbers, kept over runs, and what a browser makes of it."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import opened, screenshot
from simulated import EDIT, scene

from imaging.camera import Shot
from imaging.color import prophoto_to_srgb_preview
from imaging.metrics import delta_e00
from model.render import render
from params.ranges import neutral_params
from params.record import Record
from report.html_page import write_page
from stages.predict.batch_report import BatchReport
from stages.predict.contact_sheet import Card, ContactSheet, make_card

NO_SHOT = Shot(None, None)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


def card(camera: str = "Camera", seed: int = 0, **edit: Any) -> Card:
    return make_card(scene(seed), Record(neutral_params() | edit), NO_SHOT, "cpu", camera)


def pixels(uri: str) -> np.ndarray:
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as picture:
        return np.asarray(picture.convert("RGB")) / 255.0


def test_a_card() -> None:
    raw = scene(0)
    found = make_card(raw, Record(EDIT), NO_SHOT, "cpu", "A")
    edited = render(raw, EDIT)
    assert found["size"] == pytest.approx(delta_e00(raw, edited).mean(), abs=0.01)
    assert found["shape"] == [160, 240]
    assert np.abs(pixels(found["before"]) - prophoto_to_srgb_preview(raw)).mean() < 0.02
    assert np.abs(pixels(found["after"]) - prophoto_to_srgb_preview(edited)).mean() < 0.02
    assert found["settings"]["Exposure2012"] == 0.5
    assert card()["size"] == 0.0


@pytest.fixture
def report(tmp_path: Path) -> BatchReport:
    return BatchReport.open(tmp_path)


def write(folder: Path, report: BatchReport, **cards: Card) -> Path:
    sheet = ContactSheet.open(folder)
    sheet.cards |= cards
    sheet.write(report)
    return sheet.path


def test_cards_are_kept(tmp_path: Path, report: BatchReport) -> None:
    first, second = card(), card(Exposure2012=1.0)
    write(tmp_path, report, a=first)
    path = write(tmp_path, report, b=second)
    sheet = ContactSheet.open(tmp_path)
    assert sheet.cards == {"a": first, "b": second}
    assert path.stat().st_size < 60_000
    assert sheet.lacks(Path("c"), report)
    assert not sheet.lacks(Path("a"), report)
    # The picture was edited anew, without a sheet: what it shows is no longer true.
    report.done(Path("a"), tmp_path / "a.dng", Record(neutral_params() | {"Tint": 5.0}))
    assert sheet.lacks(Path("a"), report)


@pytest.mark.parametrize(
    "change",
    [
        {"after": "https://example.org/a.png"},
        {"after": None},
        {"size": "5"},
        {"size": 1e999},
        {"shape": [1]},
        {"shape": 5},
        {"camera": 5},
        {"settings": {}},
        {"settings": None},
        {"settings": {"ToneCurve": ["<b>"]}},
        {"size": True},
    ],
)
def test_cards_that_cannot_be_used_are_made_again(tmp_path: Path, change: dict[str, Any]) -> None:
    good = card()
    text = json.dumps({"cards": {"a": good, "b": good | change}})
    page = f'<script type="application/json" id="pictures">{text}</script>'
    (tmp_path / "contact_sheet.html").write_text(page)
    assert list(ContactSheet.open(tmp_path).cards) == ["a"]


def test_other_pages_of_that_name(tmp_path: Path) -> None:
    for data in ([], {"cards": []}, {"cards": {"a": []}}, None):
        write_page(tmp_path / "contact_sheet.html", "contact_sheet", "x", {"pictures": data})
        assert ContactSheet.open(tmp_path).cards == {}


def test_in_a_browser(tmp_path: Path, report: BatchReport) -> None:
    cards = {
        "b": card("Nikon", 1, Exposure2012=0.2),
        "a/one": card("Canon", 2, Exposure2012=1.0, Temperature=5000.0),
        "c": card("Canon", 3),
        HOSTILE: card(HOSTILE, 4, Exposure2012=-1.0),
    }
    report.failed(Path("d"), tmp_path / "d.dng", f"cut short {HOSTILE}")
    path = write(tmp_path, report, **cards)
    with opened(path) as page:
        visible = page.locator("article:visible")
        names = visible.locator("h2")
        assert page.locator("#count").text_content() == "4 of 4 pictures"
        assert names.all_text_contents() == [HOSTILE, "a/one", "b", "c"]
        assert page.title() == f"Contact sheet: {tmp_path.name}"

        options = page.locator("#camera option").all_text_contents()
        assert options == ["all", f"{HOSTILE} (1)", "Canon (2)", "Nikon (1)"]
        page.select_option("#camera", label="Canon (2)")
        assert names.all_text_contents() == ["a/one", "c"]
        assert page.locator("#count").text_content() == "2 of 4 pictures"
        page.fill("#from", "1")
        assert names.all_text_contents() == ["a/one"]
        page.select_option("#camera", label="all")
        page.fill("#to", str(cards["b"]["size"]))
        assert names.all_text_contents() == ["b"]
        for field in ("#from", "#to"):
            page.fill(field, "")
        page.select_option("#sort", "large")
        largest = sorted(cards, key=lambda name: -cards[name]["size"])
        assert names.all_text_contents() == largest

        one = page.locator("article", has=page.get_by_text("a/one", exact=True))
        rows = one.locator(".slider").all_text_contents()
        assert rows[:4] == ["Temperature5000", "Tint0", "Exposure+1.00", "Contrast0"]
        assert page.locator("#failed").text_content().startswith("1 not done")
        assert HOSTILE in page.locator("#failed td").nth(1).text_content()
        page.select_option("#sort", "name")
        page.evaluate("window.scrollTo(0, 0)")
        ready = "[...document.images].slice(0, 4).every((image) => image.naturalWidth == 240)"
        page.wait_for_function(ready)
        page.wait_for_timeout(100)
        shot = screenshot(page)
        box = page.locator("img").nth(3).bounding_box()
    # Seen in its place: the second card's "after", by its mean colour.
    left, top = round(box["x"]), round(box["y"])
    seen = shot[top : top + round(box["height"]), left : left + round(box["width"])]
    wanted = pixels(cards["a/one"]["after"])
    assert np.abs(seen.mean(axis=(0, 1)) / 255 - wanted.mean(axis=(0, 1))).max() < 0.02
    assert seen.std() > 10


@pytest.mark.slow
def test_a_thousand_pictures(tmp_path: Path, report: BatchReport) -> None:
    """Opened, filtered and sorted in a moment: pictures out of sight are not decoded."""
    made = [card(f"Camera {i % 7}", i, Exposure2012=i / 10) for i in range(20)]
    cards = {f"{i:04}": made[i % 20] | {"size": i / 100} for i in range(1000)}
    path = write(tmp_path, report, **cards)
    assert path.stat().st_size < 30e6
    with opened(path) as page:
        milliseconds = page.evaluate("performance.now()")
        assert milliseconds < 20_000
        assert page.locator("#count").text_content() == "1000 of 1000 pictures"
        page.fill("#from", "9.9")
        assert page.locator("article:visible").count() == 10
