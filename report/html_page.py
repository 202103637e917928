"""Pages for people: one HTML file that holds all it shows, opens offline and trusts no name.

File and camera names come from strangers. They go into a page by text(), or as data that the
page's script puts in as text (embedded()); its policy lets nothing be loaded, and no script run
but its own.
"""

import base64
import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from imaging.jpeg import to_srgb8
from imaging.resize import fit_long_side
from params.files import write_text

_STYLE = """
:root { color-scheme: dark; --back: #1b1b1d; --card: #262629; --line: #3c3c41; --text: #e6e6e6;
  --dim: #a0a0a6; --mark: #e0a030; }
* { box-sizing: border-box; }
body { margin: 0; padding: 16px; background: var(--back); color: var(--text);
  font: 14px/1.4 system-ui, sans-serif; }
h1 { font-size: 20px; margin: 0 0 12px; }
a { color: inherit; }
table { border-collapse: collapse; }
th, td { padding: 2px 8px; border-bottom: 1px solid var(--line); text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
select, input, button { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 4px; padding: 2px 6px; }
"""
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PICTURE = re.compile(r"data:image/(?:webp|jpeg|png);base64,[A-Za-z0-9+/]*={0,2}", re.ASCII)


def text(value: object) -> str:
    """Any text, safe in HTML's content and in quoted attributes."""
    return html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def picture_uri(pixels: np.ndarray, long_side: int, quality: int = 75) -> str:
    """A picture as a data URI (WebP), its long side at most `long_side`.

    pixels: HxWx3, float linear ProPhoto, or uint8 sRGB.
    """
    from PIL import Image

    small = fit_long_side(pixels, long_side)
    encoded = io.BytesIO()
    srgb = small if small.dtype == np.uint8 else to_srgb8(small)
    Image.fromarray(srgb).save(encoded, format="WEBP", quality=quality, method=2)
    return "data:image/webp;base64," + base64.b64encode(encoded.getvalue()).decode()


def is_picture_uri(value: object) -> bool:
    """Whether it is a data URI of a picture, and nothing else that a page might follow."""
    return isinstance(value, str) and _PICTURE.fullmatch(value) is not None


def embedded(name: str, data: Any) -> str:
    """Data for the page's script: JSON.parse(document.getElementById(name).textContent)."""
    return f'<script type="application/json" id="{text(name)}">{_json(data)}</script>\n'


def read_embedded(path: Path, name: str) -> Any:
    """What embedded() put into a page that was written before; None where there is nothing."""
    try:
        page = path.read_text(encoding="utf-8")
        start = page.index(opening := f'<script type="application/json" id="{text(name)}">')
        start += len(opening)
        return json.loads(page[start : page.index("</script>", start)])
    except (OSError, ValueError, RecursionError):
        return None


def write_page(path: Path, title: str, body: str, *, style: str = "", script: str = "") -> None:
    """Write a page: a heading, then `body` (HTML), then `script`, which runs at the end.

    Raises:
        InputError: the folder refuses.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
    policy += f" script-src 'sha256-{digest}'"
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n"
        f"<h1>{text(title)}</h1>\n{body}\n<script>{script}</script>\n</body>\n</html>\n"
    )
    write_text(path, page)


def _json(data: Any) -> str:
    """JSON in ASCII that cannot end the element it stands in. Refuses NaN by ValueError."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
