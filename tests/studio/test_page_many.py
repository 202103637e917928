"""500 pictures in the browser: the grid holds what is in sight, and scrolls to the end."""

from pathlib import Path

import pytest
from browser import chromium
from studio_page import pages_of, served, wait_until, write_shoot

COUNT = 500
_IN_SIGHT = """() => [...document.querySelectorAll('.card')].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
})"""
_THUMBS = f"() => ({_IN_SIGHT})().every((one) => one.querySelector('img').naturalWidth > 0)"
_LAST = f"() => ({_IN_SIGHT})().some((one) => one.ariaPosInSet === '{COUNT}')"


@pytest.mark.slow
def test_500_pictures_are_looked_through(tmp_path: Path) -> None:
    chromium()
    write_shoot(tmp_path / "shoot", COUNT, height=64)
    with (
        served(tmp_path / "shoot", tmp_path / "out") as studio,
        pages_of(studio) as window,
    ):
        page = window(False)
        wait_until(page, _THUMBS)
        assert page.locator("#count").text_content() == f"{COUNT} pictures"
        assert page.locator(".card").count() < 150
        page.focus("#grid")
        page.keyboard.press("End")
        wait_until(page, _LAST)
        wait_until(page, _THUMBS)
        assert page.locator(".card").count() < 150
        page.keyboard.press("Control+a")
        assert page.locator("#selection-count").text_content() == f"{COUNT} selected"
