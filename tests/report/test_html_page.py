"""Pages of one file: everything in it, nothing a name can do."""

import base64
import io
import math
from pathlib import Path

import numpy as np
import pytest
from browser import opened, screenshot
from simulated import scene

from imaging.color import prophoto_to_srgb_preview
from imaging.resize import fit_long_side
from report.html_page import embedded, is_picture_uri, picture_uri, read_embedded, text, write_page

HOSTILE = [
    "</script><script>document.title='hacked'</script>",
    "<!--<script>",
    "\"' onmouseover=alert(1) x='",
    "<img src=x onerror=\"document.title='hacked'\">",
    "&lt;b&gt; & \u2028 \u202e gpj.a",
    "caf\udce9 \0\x1b[31m",
]


def test_text_is_escaped() -> None:
    assert text("<a href=\"x\" b='y'>&") == "&lt;a href=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"
    assert text("caf\udce9\0") == "caf\ufffd\ufffd"
    assert text("日本\tä") == "日本\tä"
    assert text(3.5) == "3.5"


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


def test_embedded_data_come_back(tmp_path: Path) -> None:
    data = {"names": HOSTILE, "number": 1.5, "none": None}
    write_page(tmp_path / "a.html", "<&>", embedded("one", [1]) + embedded("data", data))
    assert read_embedded(tmp_path / "a.html", "data") == data
    assert read_embedded(tmp_path / "a.html", "one") == [1]
    assert read_embedded(tmp_path / "a.html", "other") is None
    assert read_embedded(tmp_path / "none.html", "data") is None
    (tmp_path / "cut.html").write_bytes((tmp_path / "a.html").read_bytes()[:-150])
    assert read_embedded(tmp_path / "cut.html", "data") is None
    (tmp_path / "noise.html").write_bytes(b"\xff\xfe\0")
    assert read_embedded(tmp_path / "noise.html", "data") is None
    with pytest.raises(ValueError, match="JSON compliant"):
        embedded("data", [math.nan])


def test_a_page_in_a_browser(tmp_path: Path) -> None:
    """Its script runs, a name's doesn't, and the picture inside is seen."""
    path = tmp_path / "ä & #page.html"
    picture = picture_uri(np.full((300, 400, 3), (1.0, 0.0, 0.0), np.float32), 400)
    body = embedded("data", HOSTILE) + f"<ul></ul><p>{text(HOSTILE[3])}</p><img src='{picture}'>"
    script = """
    for (const name of JSON.parse(document.getElementById("data").textContent)) {
      const item = document.createElement("li");
      item.textContent = name;
      document.querySelector("ul").append(item);
    }"""
    write_page(path, HOSTILE[0], body, style="p { color: #00ff00; }", script=script)
    with opened(path) as page:
        assert page.title() == HOSTILE[0]
        assert page.locator("li").count() == len(HOSTILE)
        assert page.locator("li").nth(3).text_content() == HOSTILE[3]
        assert page.locator("p").text_content() == HOSTILE[3]
        assert page.locator("img").count() == 1
        page.wait_for_function("document.querySelector('img').naturalWidth == 400")
        shot = screenshot(page)
    assert shot.shape == (800, 1200, 3)
    red = (shot[..., 0] > 200) & (shot[..., 1:] < 60).all(axis=-1)
    assert abs(int(red.sum()) - 400 * 300) < 0.02 * 400 * 300


def test_no_script_but_the_pages_own_runs(tmp_path: Path) -> None:
    """Were something not escaped, the page's policy would still stop it."""
    body = "<p id=p>as it was</p><script>document.getElementById('p').textContent='x'</script>"
    write_page(tmp_path / "a.html", "a", body)
    with (
        pytest.raises(AssertionError, match="Content Security Policy"),
        opened(tmp_path / "a.html") as page,
    ):
        assert page.locator("#p").text_content() == "as it was"
