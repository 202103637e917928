"""The studio's page hands pictures over, and what was done in it outlives a crash."""

from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from studio_page import (
    corrected,
    open_picture,
    page_of,
    pages_of,
    served,
    wait_until,
    write_shoot,
)

_SAVED = """async () => (await (await fetch("/api/pictures")).json()).pictures
  .some((one) => one.corrected)"""


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    chromium()
    write_shoot(tmp_path / "shoot", 2)
    return tmp_path / "shoot"


def type_exposure(page: Any, value: str) -> None:
    open_picture(page)
    page.get_by_label("Exposure, value", exact=True).fill(value)
    page.keyboard.press("Enter")
    wait_until(page, _SAVED)


def test_an_accepted_picture_has_its_xmp_and_jpeg_in_the_output_folder(shoot: Path) -> None:
    output = shoot.parent / "out"
    with served(shoot, output) as studio, page_of(studio) as page:
        type_exposure(page, "1.25")
        assert not list(output.rglob("*.xmp"))  # nothing before it is asked for
        page.focus("#view")
        page.keyboard.press("h")
        page.wait_for_selector("#accept-dialog[open]")
        page.check("#accept-jpeg")
        page.fill("#accept-size", "120")
        page.click("#accept-do")
        wait_until(
            page,
            "async () => (await (await fetch('/api/pictures')).json()).pictures[0].accepted",
        )
        (xmp,) = output.rglob("*.xmp")
        assert 'crs:Exposure2012="+1.25"' in xmp.read_text()
        (jpeg,) = (path for path in output.rglob("*.jpg") if ".studio" not in path.parts)
        from PIL import Image

        with Image.open(jpeg) as picture:
            assert max(picture.size) == 120
        assert not list(shoot.glob("*.xmp"))


def test_what_cannot_be_handed_over_is_said_in_the_dialog(shoot: Path) -> None:
    with served(shoot, shoot.parent / "out") as studio, page_of(studio) as page:
        page.keyboard.press("h")
        page.check("#accept-embed")
        page.uncheck("#accept-xmp")
        assert not page.is_checked("#accept-embed")
        assert page.is_disabled("#accept-embed")
        assert "at least one" in page.locator("#accept-note").text_content()
        assert page.locator("#accept-do").is_disabled()
        page.check("#accept-jpeg")
        page.fill("#accept-quality", "300")
        assert "out of its range" in page.locator("#accept-note").text_content()
        page.keyboard.press("Escape")


def test_nothing_is_trained_on_nothing(shoot: Path) -> None:
    with served(shoot, shoot.parent / "out") as studio, page_of(studio) as page:
        type_exposure(page, "1.25")
        page.focus("#view")
        page.keyboard.press("t")
        page.wait_for_selector("#teach-dialog[open]")
        assert page.is_disabled("#teach-train")
        assert page.is_disabled("#teach-curve")
        page.click("#teach-save")
        page.wait_for_selector("#teach-train:not([disabled])")


def test_a_file_that_cannot_be_read_has_no_histogram_of_another(shoot: Path) -> None:
    (shoot / "zz.dng").write_bytes(b"no picture")
    said = "(what) => document.querySelector(what[0])[what[1]].includes(what[2])"
    broken = """() => [...document.images]
      .some((one) => one.src && one.complete && !one.naturalWidth)"""
    with served(shoot, shoot.parent / "out") as studio, pages_of(studio, "422") as window:
        page = window()
        open_picture(page)
        wait_until(page, said, ["#histogram", "ariaLabel", "middle of green"])
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        wait_until(page, said, ["#view-note", "textContent", "LibRaw"])
        wait_until(page, said, ["#picture-name", "textContent", "zz.dng"])
        label = page.locator("#histogram").get_attribute("aria-label")
        assert label == "Histogram: no picture is shown"
        assert not page.evaluate(broken)


def test_an_edit_is_there_after_the_server_was_killed(shoot: Path) -> None:
    output = shoot.parent / "out"
    with served(shoot, output) as studio, pages_of(studio, forgiven="ERR_") as window:
        page = window()
        type_exposure(page, "-1.5")
        name = page.locator("#picture-name").text_content()
        studio.kill()
        page.wait_for_selector("#lost:not([hidden])")
    with served(shoot, output) as studio, page_of(studio) as page:
        assert corrected(page) == [name]
        open_picture(page)
        assert page.get_by_label("Exposure, value", exact=True).input_value() == "-1.50"


def test_two_windows_show_the_same(shoot: Path) -> None:
    with served(shoot, shoot.parent / "out") as studio, pages_of(studio) as window:
        one, other = window(), window()
        open_picture(one)
        open_picture(other)
        one.get_by_label("Exposure, value", exact=True).fill("2")
        one.keyboard.press("Enter")
        field = "() => document.querySelector('#slider-Exposure2012').ariaValueText"
        wait_until(other, f"() => ({field})().startsWith('+2.00')")
        other.keyboard.press("Control+z")
        wait_until(one, f"() => !({field})().startsWith('+2.00')")


_FOREIGN = """async (address) => {
  const said = [];
  for (const path of ["api/pictures", "api/undo", "static/studio.js"]) {
    const method = path.endsWith("undo") ? "POST" : "GET";
    try {
      await fetch(address + path, { method, credentials: "include" });
      said.push("read");
    } catch { said.push("refused"); }
  }
  const image = new Image();
  const shown = new Promise((done) => {
    image.onload = () => done(true);
    image.onerror = () => done(false);
  });
  image.src = address + "static/icon.svg";
  return [...said, await shown];
}"""


def test_a_page_from_elsewhere_reads_and_changes_nothing(shoot: Path, tmp_path: Path) -> None:
    with (
        served(shoot, tmp_path / "out") as studio,
        pages_of(studio, forgiven="http") as window,
    ):
        page = window()
        type_exposure(page, "1")
        home = studio.address.partition("?")[0]
        stranger = page.context.new_page()
        stranger.route(
            "http://elsewhere.test/*",
            lambda route: route.fulfill(body="", content_type="text/html"),
        )
        stranger.goto("http://elsewhere.test/")
        assert stranger.evaluate(_FOREIGN, home) == ["refused", "refused", "refused", False]
        assert len(corrected(page)) == 1
