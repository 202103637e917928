"""Pages of one file: everything in it, nothing a name can do."""

import base64
import io
import math
import shutil
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from browser import opened, screenshot
from jinja2 import UndefinedError
from simulated import scene

from imaging.color import prophoto_to_srgb_preview
from imaging.resize import fit_long_side
from report import html_page
from report.html_page import is_picture_uri, picture_uri, read_embedded, text, write_page

REPO = Path(__file__).resolve().parents[2]
HOSTILE = [
    "</script><script>document.title='hacked'</script>",
    "<!--<script>",
    "\"' onmouseover=alert(1) x='",
    "<img src=x onerror=\"document.title='hacked'\">",
    "&lt;b&gt; & \u2028 \u202e gpj.a",
    "caf\udce9 \0\x1b[31m",
]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Makes a page of the test's own beside ours, from its body, style and script; its name."""
    folder = tmp_path / "report"
    for name in ("templates", "static"):
        shutil.copytree(REPO / "report" / name, folder / name)
    monkeypatch.setattr(html_page, "FILES", folder)

    def make(body: str, style: str = "", script: str = "") -> str:
        body = '{% extends "base.html" %}{% block body %}' + body + "{% endblock %}"
        (folder / "templates" / "own.html").write_text(body)
        (folder / "static" / "own.css").write_text(style)
        (folder / "static" / "own.js").write_text(script)
        return "own"

    return make


def test_text_is_escaped() -> None:
    assert text("<a href=\"x\" b='y'>&") == "&lt;a href=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"
    assert text("caf\udce9\0") == "caf\ufffd\ufffd"
    assert text("日本\tä") == "日本\tä"
    assert text(3.5) == "3.5"
    assert text(text("<b>")) == "&lt;b&gt;"  # once, however often it passes


def test_a_picture_comes_back_from_its_uri() -> None:
    from PIL import Image

    pixels = scene(0)
    uri = picture_uri(pixels, 120)
    assert is_picture_uri(uri)
    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as picture:
        found = np.asarray(picture.convert("RGB")) / 255.0
    assert found.shape == (80, 120, 3)
    wanted = prophoto_to_srgb_preview(fit_long_side(pixels, 120))
    assert np.abs(found - wanted).mean() < 0.02
    eight = np.rint(wanted * 255).astype(np.uint8)
    assert picture_uri(eight, 120) == uri


@pytest.mark.parametrize(
    "value",
    [
        "https://example.org/a.png",
        "data:text/html;base64,AAAA",
        "javascript:1",
        "",
        None,
        5,
        "data:image/svg+xml;base64,AAAA",
        'data:image/png;base64,AAAA"onerror=',
        "data:image/png,x\n",
    ],
)
def test_what_is_no_picture(value: object) -> None:
    assert not is_picture_uri(value)


def test_embedded_data_come_back(tmp_path: Path, page: Callable[..., str]) -> None:
    data = {"names": HOSTILE, "number": 1.5, "none": None}
    write_page(tmp_path / "a.html", page(""), "<&>", {"one": [1], "data": data})
    assert read_embedded(tmp_path / "a.html", "data") == data
    assert read_embedded(tmp_path / "a.html", "one") == [1]
    assert read_embedded(tmp_path / "a.html", "other") is None
    assert read_embedded(tmp_path / "none.html", "data") is None
    (tmp_path / "cut.html").write_bytes((tmp_path / "a.html").read_bytes()[:-150])
    assert read_embedded(tmp_path / "cut.html", "data") is None
    (tmp_path / "noise.html").write_bytes(b"\xff\xfe\0")
    assert read_embedded(tmp_path / "noise.html", "data") is None
    with pytest.raises(ValueError, match="JSON compliant"):
        write_page(tmp_path / "b.html", page(""), "b", {"data": [math.nan]})
    assert not (tmp_path / "b.html").exists()


def test_a_page_in_a_browser(tmp_path: Path, page: Callable[..., str]) -> None:
    """Its script runs, a name's doesn't, and the picture inside is seen."""
    path = tmp_path / "ä & #page.html"
    picture = picture_uri(np.full((300, 400, 3), (1.0, 0.0, 0.0), np.float32), 400)
    body = "<ul></ul><p>{{ name }}</p><img src='{{ picture }}'>"
    script = """
    for (const name of JSON.parse(document.getElementById("data").textContent)) {
      const item = document.createElement("li");
      item.textContent = name;
      document.querySelector("ul").append(item);
    }"""
    own = page(body, "p { color: #00ff00; }", script)
    write_page(path, own, HOSTILE[0], {"data": HOSTILE}, name=HOSTILE[3], picture=picture)
    with opened(path) as shown:
        assert shown.title() == HOSTILE[0]
        assert shown.locator("li").count() == len(HOSTILE)
        assert shown.locator("li").nth(3).text_content() == HOSTILE[3]
        assert shown.locator("p").text_content() == HOSTILE[3]
        assert shown.locator("img").count() == 1
        shown.wait_for_function("document.querySelector('img').naturalWidth == 400")
        shot = screenshot(shown)
    assert shot.shape == (800, 1200, 3)
    red = (shot[..., 0] > 200) & (shot[..., 1:] < 60).all(axis=-1)
    assert abs(int(red.sum()) - 400 * 300) < 0.02 * 400 * 300


def test_no_script_but_the_pages_own_runs(tmp_path: Path, page: Callable[..., str]) -> None:
    """Were something not escaped, the page's policy would still stop it."""
    body = "<p id=p>as it was</p><script>document.getElementById('p').textContent='x'</script>"
    write_page(tmp_path / "a.html", page(body), "a", {})
    with (
        pytest.raises(AssertionError, match="Content Security Policy"),
        opened(tmp_path / "a.html") as shown,
    ):
        assert shown.locator("#p").text_content() == "as it was"


def test_a_value_that_a_template_lacks_is_an_error(
    tmp_path: Path, page: Callable[..., str]
) -> None:
    """Not an empty place in the page; and nothing half-written is left."""
    with pytest.raises(UndefinedError, match="'other' is undefined"):
        write_page(tmp_path / "a.html", page("<p>{{ name }}{{ other }}</p>"), "a", {}, name="a")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("name", ["contact_sheet", "evaluation"])
def test_each_page_has_its_three_files(name: str) -> None:
    for file in (f"templates/{name}.html", f"static/{name}.css", f"static/{name}.js"):
        assert len((files("report") / file).read_text(encoding="utf-8")) > 300


def test_the_pages_files_are_installed() -> None:
    """Every file beside the code is named in pyproject.toml: a wheel has it."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["report"]
    folder = REPO / "report"
    named = {path for pattern in patterns for path in folder.glob(pattern)}
    beside = [path for path in folder.rglob("*.*") if path.suffix not in (".py", ".pyc")]
    assert beside
    assert named == set(beside)
