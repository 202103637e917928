"""Pages for people: one HTML file that holds all it shows, opens offline and trusts no name.

A page is a Jinja2 template in templates/, its style and its script in static/, all of one name.
File and camera names are untrusted. A template puts them in by text(), its page's script as
text from embedded data; the page's policy lets nothing be loaded, and no script run but its own.
"""

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imaging.jpeg import to_srgb8
from imaging.resize import fit_long_side
from params.files import replacing

if TYPE_CHECKING:
    from markupsafe import Markup

FILES: Traversable = files("report")  # of which templates/ and static/ are read
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PICTURE = re.compile(r"data:image/(?:webp|jpeg|png);base64,[A-Za-z0-9+/]*={0,2}", re.ASCII)


def text(value: object) -> "Markup":
    """Any text, safe in HTML's content and in quoted attributes; what is markup stays so."""
    from markupsafe import Markup

    if isinstance(value, Markup):
        return value
    return Markup(html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))))


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


def read_embedded(path: Path, name: str) -> Any:
    """The data of this name in a page that was written before; None where there are none."""
    try:
        page = path.read_text(encoding="utf-8")
        start = page.index(opening := f'type="application/json" id="{text(name)}">')
        start += len(opening)
        return json.loads(page[start : page.index("</", start)])
    except (OSError, ValueError, RecursionError):
        return None


def write_page(
    path: Path, name: str, title: str, data: Mapping[str, Any], /, **values: Any
) -> None:
    """Write the page of this name: a heading, and what its template makes of the values.

    Args:
        name: of templates/name.html, of static/name.css, and of static/name.js where there is one,
            which runs last.
        data: for the page's script, JSON by the id of the element whose text it is.

    Raises:
        InputError: the folder refuses.
        ValueError: the data hold NaN or infinity, which JSON lacks.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        finalize=text,
        loader=FunctionLoader(lambda file: _file("templates", file)),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    has_script = (FILES / "static" / f"{name}.js").is_file()
    script = _file("static", f"{name}.js") if has_script else ""
    pieces = environment.get_template(f"{name}.html").generate(
        **values,
        title=title,
        data={key: Markup(_json(value)) for key, value in data.items()},
        style=Markup(_file("static", "base.css") + _file("static", f"{name}.css")),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    # Piece by piece: a page of a thousand pictures is held once, as its data.
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(pieces)


def _file(folder: str, name: str) -> str:
    return (FILES / folder / name).read_text(encoding="utf-8")


def _json(data: Any) -> str:
    """JSON in ASCII that cannot end the element it stands in. Refuses NaN by ValueError."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
