"""The studio's page for everybody: names and roles, contrast, a phone's width, 200 % zoom."""

from collections.abc import Iterator
from typing import Any

import pytest
from studio_page import Served, open_picture, page_of, served_shoot

# Roles of which each must have a name, as the browser tells a screen reader.
ROLES = {
    *("button", "checkbox", "combobox", "img", "image", "link", "listbox", "option", "radio"),
    *(
        "searchbox",
        "slider",
        "spinbutton",
        "textbox",
        "dialog",
        "progressbar",
        "DisclosureTriangle",
    ),
}
DIALOGS = {"h": "#accept-dialog", "t": "#teach-dialog", "?": "#help-dialog"}
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_COLORS = """() => {
  const probe = document.body.appendChild(document.createElement("i"));
  const of = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
  };
  const names = ["back", "raised", "press", "text", "dim", "accent", "mark", "good", "bad"];
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_shoot(tmp_path_factory.mktemp("access"), 3) as running:
        yield running


def nameless(page: Any) -> list[str]:
    """What a screen reader would have nothing to say of."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in ROLES
        and not node.get("name", {}).get("value", "").strip()
    ]


def roles(page: Any) -> set[str]:
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return {node["role"]["value"] for node in nodes if not node["ignored"]}


def test_everything_that_is_operated_has_a_name(studio: Served) -> None:
    with page_of(studio) as page:
        page.click("#more-filters summary")
        assert {"option", "listbox", "button", "searchbox"} <= roles(page)
        assert nameless(page) == []
        page.keyboard.press("Escape")
        open_picture(page)
        page.evaluate(
            "() => document.querySelectorAll('.panel').forEach((one) => { one.open = true; })"
        )
        page.keyboard.press("y")
        page.wait_for_selector("#wipe:not([hidden])")
        assert {"slider", "combobox", "textbox"} <= roles(page)
        assert nameless(page) == []
        page.keyboard.press("c")
        page.wait_for_selector("#compare-figures canvas[data-shown]")
        assert nameless(page) == []


def test_the_check_would_notice() -> None:
    from browser import windows

    with windows() as window:
        page = window("about:blank")
        page.set_content("<main><button></button><input aria-label=x></main>")
        assert nameless(page) == ["button"]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (720, 450)], ids=["phone", "200 %"])
def test_nothing_is_wider_than_the_window(studio: Served, width: int, height: int) -> None:
    with page_of(studio, width, height) as page:
        assert page.evaluate(_WIDER) <= 0
        page.click("#more-filters summary")
        assert page.evaluate(_WIDER) <= 0
        page.click("#more-filters summary")
        for key, dialog in DIALOGS.items():
            page.keyboard.press(key)
            page.wait_for_selector(f"{dialog}[open]")
            box = page.locator(dialog).bounding_box()
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            page.keyboard.press("Escape")
        for key in ("e", "c"):
            page.keyboard.press(key)
            page.wait_for_timeout(200)
            assert page.evaluate(_WIDER) <= 0
        page.keyboard.press("e")
        page.wait_for_selector("#view[data-shown]")
        assert page.locator("#viewer").bounding_box()["height"] > 120
        page.locator("#slider-Exposure2012").scroll_into_view_if_needed()
        assert page.locator("#slider-Exposure2012").bounding_box()["width"] > 80


def _luminance(color: list[float]) -> float:
    """Of sRGB 0..255, as WCAG 2 has it."""
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (c / 255 for c in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_stands_out_in_both_themes(studio: Served, scheme: str) -> None:
    with page_of(studio, color_scheme=scheme) as page:
        colors = page.evaluate(_COLORS)
        for name in ("text", "dim", "accent", "mark", "good", "bad"):
            for ground in ("back", "raised", "press"):
                bright, dark = sorted(
                    (_luminance(colors[name]), _luminance(colors[ground])), reverse=True
                )
                assert (bright + 0.05) / (dark + 0.05) >= 4.5, (name, ground)
        # What surrounds pictures has no colour of its own.
        assert all(len(set(colors[ground])) == 1 for ground in ("back", "raised", "press"))
        page.click("#theme")
        assert page.evaluate(_COLORS) != colors
