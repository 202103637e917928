"""The studio's picture view in a browser: sliders, curve, wipe, dropper, copy, undo."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from studio_page import (
    Served,
    ask,
    corrected,
    open_picture,
    pages_of,
    pixels,
    served_shoot,
    settled,
    wait_for_pixels,
    wait_until,
)

RESET_ALL = """async () => {
  const { pictures } = await (await fetch("/api/pictures")).json();
  const ids = pictures.map((one) => one.id);
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ ids, changes: { reset: "predicted" } });
  await fetch("/api/edit", { method: "POST", headers, body });
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_shoot(tmp_path_factory.mktemp("edit"), 3) as running:
        yield running


@pytest.fixture(scope="module")
def window(studio: Served) -> Iterator[Callable[[], Any]]:
    with pages_of(studio) as opening:
        yield opening


@pytest.fixture
def page(window: Callable[[], Any]) -> Iterator[Any]:
    """The first picture, as predicted."""
    shown = window()
    shown.evaluate(RESET_ALL)
    open_picture(shown)
    yield shown
    shown.close()


def edit_of(page: Any, name: str = "edit", place: int = 0) -> dict[str, Any]:
    one = ask(page, "/api/pictures")["pictures"][place]
    return ask(page, f"/api/pictures/{one['id']}")[name]


def wait_until_saved(page: Any, count: int) -> None:
    wait_until(
        page,
        """async (count) => {
          const { pictures } = await (await fetch("/api/pictures")).json();
          return pictures.filter((one) => one.corrected).length === count;
        }""",
        count,
    )


def test_a_slider_moves_the_pixels_and_undo_brings_them_back(page: Any) -> None:
    start = settled(page)
    page.focus("#slider-Exposure2012")
    before = edit_of(page)["sliders"]["Exposure2012"]
    for _ in range(10):
        page.keyboard.press("Shift+ArrowRight")
    wait_until_saved(page, 1)
    brighter = settled(page)
    assert brighter.mean() > start.mean() + 10
    assert edit_of(page)["sliders"]["Exposure2012"] == pytest.approx(before + 2.5, abs=0.026)
    assert (
        page.locator("#slider-Exposure2012")
        .get_attribute("aria-valuetext")
        .endswith(f"predicted {before:+.2f}")
    )
    page.keyboard.press("Control+z")
    wait_for_pixels(page, lambda shown: abs(shown - start).max() < 1)
    assert corrected(page) == []
    page.keyboard.press("Control+Shift+Z")
    wait_for_pixels(page, lambda shown: abs(shown - brighter).max() < 1)


def test_a_slider_is_dragged(page: Any) -> None:
    start = pixels(page)
    box = page.locator("#slider-Saturation").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=8)
    grey = wait_for_pixels(page, lambda shown: np.ptp(shown[..., :3], axis=-1).max() < 3)
    assert corrected(page) == []  # before it is let go of
    page.mouse.up()
    wait_until_saved(page, 1)
    assert np.ptp(start[..., :3], axis=-1).max() > np.ptp(grey[..., :3], axis=-1).max() + 20
    assert edit_of(page)["sliders"]["Saturation"] == -100


def test_a_typed_value_and_the_ways_back(page: Any) -> None:
    was = edit_of(page, "predicted")["sliders"]["Contrast2012"]
    field = page.get_by_label("Contrast, value", exact=True)
    field.fill("61")
    field.press("Enter")
    wait_until_saved(page, 1)
    assert edit_of(page)["sliders"]["Contrast2012"] == 61
    page.get_by_text("Contrast", exact=True).dblclick()
    wait_until_saved(page, 0)
    assert edit_of(page)["sliders"]["Contrast2012"] == was
    page.focus("#slider-Contrast2012")
    page.keyboard.press("Shift+Delete")
    wait_until_saved(page, 1)
    assert edit_of(page)["sliders"]["Contrast2012"] == 0
    page.keyboard.press("Delete")
    wait_until_saved(page, 0)
    field.fill("nonsense")
    field.press("Enter")
    assert field.input_value() == f"{was:+.0f}" if was > 0 else f"{was:.0f}"


def test_the_curve_is_drawn_and_dragged(page: Any) -> None:
    start = pixels(page)
    page.click("[data-panel=curve] summary")
    page.get_by_role("button", name="Blue", exact=True).click()
    page.locator(".curve output").scroll_into_view_if_needed()
    box = page.locator(".curve svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=6)
    page.mouse.up()
    wait_until_saved(page, 1)
    yellow = wait_for_pixels(page, lambda shown: (start - shown)[..., 2].mean() > 15)
    assert abs(start - yellow)[..., 1].mean() < 8
    points = edit_of(page)["curves"]["ToneCurvePV2012Blue"]
    assert len(points) == 3
    assert points[1][0] == pytest.approx(128, abs=3)
    assert points[1][1] == pytest.approx(51, abs=4)
    point = page.get_by_role("slider", name="Point 2 of 3")
    point.focus()
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_timeout(700)
    assert edit_of(page)["curves"]["ToneCurvePV2012Blue"][1] == [points[1][0], points[1][1] + 10]
    page.keyboard.press("Delete")
    wait_until_saved(page, 0)


def test_the_wipe_shows_before_and_after(page: Any) -> None:
    page.get_by_label("Exposure, value", exact=True).fill("3")
    page.keyboard.press("Enter")
    wait_until_saved(page, 1)
    after = settled(page)
    page.focus("#view")
    page.keyboard.press("\\")
    before = wait_for_pixels(
        page, lambda shown: (after - shown)[..., :3].mean() > 10 and shown[20, 30, 3]
    )
    page.keyboard.press("y")
    page.wait_for_timeout(200)
    wiped = pixels(page)
    assert abs(wiped - before)[:, :27].mean() < 2
    assert abs(wiped - after)[:, 33:].mean() < 2
    wipe = page.locator("#wipe")
    wipe.focus()
    for key in ("Home", "PageUp"):
        page.keyboard.press(key)
    wait_until(page, "() => document.querySelector('#wipe').ariaValueNow === '10'")
    wait_for_pixels(page, lambda shown: abs(shown - after)[:, 20:].mean() < 2)
    page.focus("#view")
    page.keyboard.press("y")


def test_full_size_is_what_the_server_makes_of_it(page: Any) -> None:
    fitted = pixels(page)
    asked: list[str] = []
    page.on("response", lambda answer: asked.append(answer.url) if "/tile" in answer.url else None)
    page.keyboard.press("z")
    page.wait_for_timeout(300)
    assert page.locator("[data-zoom='1']").get_attribute("aria-pressed") == "true"
    for _ in range(100):
        if asked:
            break
        page.wait_for_timeout(100)
    assert asked
    assert abs(pixels(page) - fitted).mean() > 5  # a small picture in a large window
    page.keyboard.press("z")
    wait_for_pixels(page, lambda shown: abs(shown - fitted).mean() < 1)


def test_an_edit_is_copied_and_pasted(page: Any) -> None:
    page.get_by_label("Exposure, value", exact=True).fill("-2")
    page.keyboard.press("Enter")
    page.focus("#view")
    page.keyboard.press("Control+c")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+v")
    wait_until_saved(page, 2)
    assert edit_of(page, place=1)["sliders"]["Exposure2012"] == -2
    page.keyboard.press("Control+z")
    wait_until_saved(page, 1)


def test_the_dropper_makes_a_place_grey_by_mouse_and_by_keys(page: Any) -> None:
    for way in ("mouse", "keys"):
        page.keyboard.press("w")
        if way == "mouse":
            page.mouse.click(450, 350)
        else:
            for key in ("ArrowRight", "ArrowDown", "Enter"):
                page.keyboard.press(key)
        wait_until_saved(page, 1)
        sliders, was = edit_of(page)["sliders"], edit_of(page, "predicted")["sliders"]
        assert (sliders["Temperature"], sliders["Tint"]) != (was["Temperature"], was["Tint"])
        page.keyboard.press("Control+z")
        wait_until_saved(page, 0)
        page.focus("#view")


def test_the_histogram_tells_what_clips(page: Any) -> None:
    page.get_by_label("Exposure, value", exact=True).fill("5")
    page.keyboard.press("Enter")
    wait_until(page, "() => parseFloat(document.querySelector('#clip-highlights').ariaLabel) > 20")
    shown = pixels(page)
    page.focus("#view")
    page.keyboard.press("j")
    marked = wait_for_pixels(page, lambda now: abs(now - shown).mean() > 5)
    red = (marked[..., 0] > 240) & (marked[..., 1] < 70) & (marked[..., 2] < 60)
    assert red.mean() > 0.1
