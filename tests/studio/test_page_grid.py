"""The studio's grid in a browser: pictures filtered, sorted and marked, by keys alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from studio_page import HOSTILE, Served, ask, pages_of, served_shoot, wait_until

COUNT = 6
_SHOWN = "() => [...document.querySelectorAll('.card .name')].map((one) => one.textContent)"
_PLACED = """() => [...document.querySelectorAll('.card')]
  .sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)
  .map((one) => one.querySelector('.name').textContent)"""
_LOADED = """() => [...document.querySelectorAll('.card img')]
  .filter((one) => one.complete && one.naturalWidth > 0).length"""

ALL_COMPARED = """async () => {
  const { pictures } = await (await fetch("/api/pictures")).json();
  return pictures.every((one) => one.size !== null);
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_shoot(tmp_path_factory.mktemp("grid"), COUNT) as running:
        yield running


@pytest.fixture(scope="module")
def window(studio: Served) -> Iterator[Callable[[], Any]]:
    with pages_of(studio) as opening:
        yield opening


@pytest.fixture
def page(window: Callable[[], Any]) -> Iterator[Any]:
    shown = window()
    yield shown
    shown.close()


def wait_for_count(page: Any, text: str) -> None:
    wait_until(page, "(text) => document.querySelector('#count').textContent === text", text)


def test_every_picture_is_there_with_its_name_as_text(page: Any) -> None:
    wait_until(page, f"() => ({_LOADED})() === {COUNT}")
    assert sorted(page.evaluate(_SHOWN)) == sorted(
        [f"shot {number:03d}.dng" for number in range(COUNT - 1)] + [HOSTILE]
    )
    page.locator(".card", has_text="onerror").dblclick()
    page.wait_for_selector("#view[data-shown]")
    assert page.locator("#picture-name").text_content() == HOSTILE
    assert page.locator("img[src=x]").count() == 0


def test_the_filter_takes_camera_and_words(page: Any) -> None:
    page.click("#more-filters summary")
    options = page.locator("#filter-camera option").all_text_contents()
    assert options == ["all", "Simulated Alpha (3)", "Simulated Beta (3)"]
    page.select_option("#filter-camera", index=2)
    wait_for_count(page, "3 of 6 pictures")
    page.select_option("#filter-day", label="2026-05-02 (3)")
    wait_for_count(page, "3 of 6 pictures")
    page.fill("#filter-text", "001")
    wait_for_count(page, "1 of 6 pictures")
    assert page.evaluate(_SHOWN) == ["shot 001.dng"]
    page.click("#filters-clear")
    wait_for_count(page, "6 pictures")


def test_the_largest_edits_come_first_when_asked(page: Any) -> None:
    wait_until(page, ALL_COMPARED)
    page.select_option("#sort", "size")
    page.wait_for_timeout(300)
    sizes = {one["name"]: one["size"] for one in ask(page, "/api/pictures")["pictures"]}
    assert page.evaluate(_PLACED) == sorted(sizes, key=lambda name: -sizes[name])
    page.click("#sort-back")
    page.wait_for_timeout(100)
    assert page.evaluate(_PLACED) == sorted(sizes, key=lambda name: sizes[name])


def test_keys_alone_pick_reject_rate_and_select(page: Any) -> None:
    page.focus("#grid")
    for key in ("Home", "p", "4", "ArrowRight", "x", "ArrowRight"):
        page.keyboard.press(key)
    wait_until(page, "() => document.querySelectorAll('.badge.pick, .badge.reject').length === 2")
    first, second, third = ask(page, "/api/pictures")["pictures"][:3]
    assert (first["flag"], first["rating"], second["flag"]) == ("pick", 4, "reject")
    assert page.get_attribute("#grid", "aria-activedescendant") == f"card-{third['id']}"
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#selection-count").text_content() == "2 selected"
    page.keyboard.press("Control+a")
    page.keyboard.press("u")
    page.keyboard.press("0")
    wait_until(
        page, "() => document.querySelectorAll('.badge.pick, .stars:not(:empty)').length === 0"
    )


def test_escape_and_letters_go_between_the_views(page: Any) -> None:
    for key, view in (
        ("e", "picture"),
        ("c", "compare"),
        ("Escape", "grid"),
        ("Enter", "picture"),
        ("g", "grid"),
    ):
        page.keyboard.press(key)
        page.wait_for_selector(f"#view-{view}:not([hidden])")
    page.keyboard.press("?")
    assert page.locator("#help-dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help-dialog").is_visible()
    assert page.locator("#view-grid").is_visible()
