"""The report in a real browser: it opens, sorts and wipes; and what it is drawn from."""

import re
from pathlib import Path

import numpy as np
import pytest
from browser import opened, screenshot
from evaluated import HOSTILE, write_set

import run.evaluate
from report.charts import BLUE
from report.html_page import is_picture_uri, read_embedded
from stages.evaluate.examples import difference_map
from stages.evaluate.report_charts import LEFT, SIDE, TOP, histogram, scatter

POINT = 0.72  # a pixel in the points that an SVG file counts in


@pytest.fixture(scope="module")
def page_file(checkpoint, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    manifest = write_set(folder / "set", {"training": 6, "validation": 20, "testing": 6})
    words = [
        "--checkpoint",
        checkpoint,
        "--manifest",
        manifest,
        "--output",
        folder / "out",
        "--cache",
        folder / "cache",
        "--workers",
        0,
        "--expert",
        "c",
        "--device",
        "cpu",
    ]
    assert run.evaluate.main([str(word) for word in words]) == 0
    return folder / "out" / "report.html"


def test_what_is_in_the_page(page_file) -> None:
    cards = read_embedded(page_file, "cards-data")
    assert len(cards) == 6
    kinds = [card["kinds"] for card in cards]
    assert sum("worst" in one for one in kinds) == sum("best" in one for one in kinds) == 3
    assert not any("worst" in one and "best" in one for one in kinds)
    worst = {card["id"] for card in cards if "worst" in card["kinds"]}
    by_error = sorted(cards, key=lambda card: -card["errors"]["model"])
    assert worst == {card["id"] for card in by_error[:3]}
    names = [
        "expert",
        "no edit",
        "no edit: difference",
        "model",
        "model: difference",
        "fit",
        "fit: difference",
    ]
    for card in cards:
        assert list(card["pictures"]) == names
        assert all(is_picture_uri(uri) for uri in card["pictures"].values())
        assert 0.0 < card["numbers"]["confidence"] < 1.0
        gain = card["errors"]["no edit"] - card["errors"]["model"]
        assert card["numbers"]["gain over no edit"] == pytest.approx(gain)
    page = page_file.read_text(encoding="utf-8")
    assert page.count("<svg") == 2 + 2 * 10 + 1
    assert not re.search(r"https?://", page)


def test_it_opens_sorts_and_wipes(page_file) -> None:
    with opened(page_file) as page:
        assert page.title() == "Evaluation: model on testing"
        assert page.locator("img[src='x']").count() == 0  # the camera's name stays a name
        assert HOSTILE in page.locator("#all").text_content()

        def ids() -> list[str]:
            return page.locator(".card > p:first-child").all_text_contents()

        errors = {
            card["id"]: card["errors"]["model"] for card in read_embedded(page_file, "cards-data")
        }
        worst_first = sorted(errors, key=lambda id: -errors[id])
        assert ids() == worst_first
        page.locator("#order").select_option(label="ΔE00 of the model, lowest first")
        assert ids() == worst_first[::-1]
        page.locator("#kind").select_option("best")
        assert ids() == worst_first[::-1][:3]
        page.locator("#kind").select_option("")
        page.locator("#order").select_option(label="name")
        assert ids() == sorted(errors)

        column = page.locator("#all th", has_text=re.compile("^model$"))
        column.click()
        first = page.locator("#all tbody tr td:first-child")
        assert first.all_text_contents() == worst_first[::-1]
        column.click()
        assert first.all_text_contents() == worst_first

        card = page.locator(".card").first
        view = card.locator(".view")
        card.locator("select").nth(0).select_option("model: difference")
        card.locator("select").nth(1).select_option("expert")
        view.scroll_into_view_if_needed()
        page.wait_for_function("[...document.images].every((one) => one.naturalWidth > 0)")
        box = view.bounding_box()

        def seen(wipe: int) -> np.ndarray:
            card.locator("input").evaluate(
                "(range, to) => { range.value = to; range.dispatchEvent(new Event('input')) }",
                wipe,
            )
            top, left = round(box["y"]), round(box["x"])
            whole = screenshot(page)[top : top + round(box["height"])]
            return whole[:, left : left + round(box["width"])].astype(float)

        left, right, half = seen(100), seen(0), seen(50)
        assert np.abs(left - right).mean() > 10.0
        middle, edge = half.shape[1] // 2, 6
        assert np.abs(half - left)[:, edge : middle - edge].mean() < 1.0
        assert np.abs(half - right)[:, middle + edge : -edge].mean() < 1.0


def test_the_difference_map() -> None:
    found = difference_map(np.array([[0.0, 5.0, 12.5, 20.0, 90.0]]))[0]
    assert found[0].tolist() == [0, 0, 0]
    assert found[1].tolist() == [60, 20, 110]
    assert found[2].tolist() == [212, 95, 55]  # halfway between two stops, rounded to even
    assert found[3].tolist() == found[4].tolist() == [255, 250, 190]
    assert found.dtype == np.uint8


def test_points_and_bars_lie_where_they_should() -> None:
    chart = scatter("<t>", [(0.0, 0.0), (10.0, 10.0), (10.0, 0.0)], across="x", up="y")
    assert "&lt;t&gt;" in chart
    assert not re.search(r"https?://|<style|<metadata", chart)
    dots = re.findall(rf'<use [^>]*x="([\d.]+)" y="([\d.]+)" style="fill: {BLUE}', chart)
    places = [(float(x) / POINT, float(y) / POINT) for x, y in dots]
    # 4 % of room on both sides of the frame, y downwards.
    near, far = SIDE * 0.04 / 1.08, SIDE * 1.04 / 1.08
    assert places[0] == pytest.approx((LEFT + near, TOP + SIDE - near), abs=0.06)
    assert places[1] == pytest.approx((LEFT + far, TOP + SIDE - far), abs=0.06)
    assert places[2] == pytest.approx((LEFT + far, TOP + SIDE - near), abs=0.06)
    drawn = histogram("h", [-1.0, 0.97, 0.98], across="x")
    bars = re.search(rf'<path d="([^"]*)"[^>]*style="fill: {BLUE}', drawn)[1]
    levels = {float(y) / POINT for y in re.findall(r"[ML] [\d.]+ ([\d.]+)", bars)}
    heights = sorted(TOP + SIDE - level for level in levels)
    assert heights == pytest.approx([0.0, 0.5 * SIDE / 1.05, SIDE / 1.05], abs=0.06)


def test_a_chart_of_very_many_points_is_small() -> None:
    points = [(float(i % 97), float(i % 89)) for i in range(20_000)]
    chart = scatter("many", points, across="x", up="y")
    assert len(chart) < 60_000
    assert chart.count("data:image/png;base64,") == 1
