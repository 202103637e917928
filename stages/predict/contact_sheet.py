"""The contact sheet of an output folder: before, after and sliders of each picture, one page."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.camera import Shot
from params.ranges import CURVE_NAME, SLIDERS, neutral_params
from params.record import Record, record_to_json
from report.html_page import embedded, is_picture_uri, picture_uri, read_embedded, write_page
from stages.predict.batch_report import BatchReport

NAME = "contact_sheet.html"
LONG_SIDE = 280
_RENDER_SIDE = 512  # at which edits that look at the whole picture are what they are elsewhere
_DATA = "pictures"

Card = dict[str, Any]


def make_card(proxy: np.ndarray, record: Record, shot: Shot, device: str, camera: str) -> Card:
    """What the sheet shows of a picture.

    Its `size`, how large the edit is, is the mean ΔE00 between before and after.

    Args:
        proxy: HxWx3 linear ProPhoto, unedited.
    """
    from imaging.metrics import delta_e00
    from imaging.resize import fit_long_side
    from model.edit_layer import render_record

    neutral = Record(neutral_params(), record.process, masks=record.masks)
    small = fit_long_side(proxy, _RENDER_SIDE)
    before, after = (
        fit_long_side(render_record(small, edit, device, shot=shot), LONG_SIDE)
        for edit in (neutral, record)
    )
    return {
        "camera": camera,
        "size": round(float(delta_e00(before, after).mean()), 2),
        "shape": list(before.shape[:2]),
        "before": picture_uri(before, LONG_SIDE),
        "after": picture_uri(after, LONG_SIDE),
        "settings": record_to_json(record)["params_denorm"],
    }


@dataclass
class ContactSheet:
    """Cards by the name of a picture's results; those of earlier runs are kept."""

    path: Path
    cards: dict[str, Card]

    @classmethod
    def open(cls, folder: Path) -> "ContactSheet":
        """The sheet of an output folder; cards that cannot be used are left out."""
        path = folder / NAME
        found = read_embedded(path, _DATA)
        cards = found.get("cards") if isinstance(found, dict) else None
        kept = cards.items() if isinstance(cards, dict) else ()
        return cls(path, {name: card for name, card in kept if _is_card(card)})

    def lacks(self, name: Path, report: BatchReport) -> bool:
        """Whether there is no card of a picture, or one of another edit than the reported."""
        card, settings = self.cards.get(name.as_posix()), report.get(name).get("settings")
        return card is None or (settings is not None and card["settings"] != settings)

    def write(self, report: BatchReport) -> None:
        """Write the page. Raises InputError when the folder refuses."""
        ordered = dict(sorted(self.cards.items()))
        failed = [[name, error] for name, error in report.failures() if name not in ordered]
        sliders = [[s.name, s.low, s.high, s.neutral] for s in SLIDERS]
        data = {"cards": ordered, "failed": failed, "sliders": sliders}
        title = f"Contact sheet: {self.path.parent.resolve().name}"
        write_page(self.path, title, embedded(_DATA, data) + _BODY, style=_STYLE, script=_SCRIPT)


def _is_card(card: Any) -> bool:
    """Whether a card from a file is whole: the page's script and a later run rely on it."""
    try:
        numbers = [card["size"], *card["shape"], *card["settings"][CURVE_NAME]]
        numbers += [card["settings"][slider.name] for slider in SLIDERS]
        texts = [card["camera"], card["before"], card["after"]]
        return (
            all(type(n) in (int, float) and math.isfinite(n) for n in numbers)
            and len(card["shape"]) == 2
            and all(isinstance(text, str) for text in texts)
            and all(map(is_picture_uri, texts[1:]))
        )
    except (KeyError, TypeError):
        return False


_STYLE = """
#bar { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 16px;
  align-items: center; padding: 8px 0; background: var(--back); }
#bar input { width: 5em; }
#cards { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(540px, 100%), 1fr)); }
article { background: var(--card); border-radius: 6px; padding: 10px; overflow: hidden;
  content-visibility: auto; contain-intrinsic-size: auto 440px; }
article[hidden] { display: none; }
h2 { font-size: 14px; margin: 0; overflow-wrap: anywhere; }
.facts { color: var(--dim); margin: 0 0 6px; }
.pair { display: flex; gap: 6px; }
figure { margin: 0; flex: 1; min-width: 0; }
figure img { width: 100%; height: auto; display: block; border-radius: 3px; }
figcaption { color: var(--dim); font-size: 12px; }
.edit { display: flex; gap: 12px; margin-top: 6px; align-items: center; }
.sliders { flex: 1; display: grid; grid-template-columns: 1fr 1fr; gap: 1px 16px; }
.slider { display: grid; grid-template-columns: 6.2em 1fr 3.2em; align-items: center; gap: 6px;
  font-size: 12px; }
.slider b { font-weight: normal; text-align: right; font-variant-numeric: tabular-nums; }
.track { position: relative; height: 4px; background: var(--line); border-radius: 2px; }
.track i { position: absolute; top: 0; bottom: 0; background: var(--mark); border-radius: 2px; }
svg { width: 84px; height: 84px; background: var(--back); border-radius: 3px; flex: none; }
polyline { fill: none; stroke: var(--mark); stroke-width: 2; vector-effect: non-scaling-stroke; }
"""

_BODY = """
<noscript><p>This page builds its cards by a script of its own; let it run.</p></noscript>
<div id="bar">
<label>camera <select id="camera"><option value="">all</option></select></label>
<label>size of the edit, mean ΔE00, from <input id="from" type="number" min="0" step="0.5">
to <input id="to" type="number" min="0" step="0.5"></label>
<label>sort by <select id="sort"><option value="name">name</option>
<option value="large">largest edit</option><option value="small">smallest edit</option></select>
</label>
<span id="count"></span>
</div>
<main id="cards"></main>
<details id="failed" hidden><summary></summary><table></table></details>
<template id="card"><article>
<h2><bdi class="name"></bdi></h2><p class="facts"><bdi class="camera"></bdi> · <span></span></p>
<div class="pair">
<figure><img loading="lazy" decoding="async" alt="before"><figcaption>before</figcaption></figure>
<figure><img loading="lazy" decoding="async" alt="after"><figcaption>after</figcaption></figure>
</div>
<div class="edit"><div class="sliders"></div>
<svg viewBox="0 0 1 1" preserveAspectRatio="none"><polyline></polyline></svg></div>
</article></template>
<template id="slider"><div class="slider"><span></span><div class="track"><i></i></div><b></b></div>
</template>
"""

_SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("pictures").textContent);
const get = (id) => document.getElementById(id);
const copy = (id) => get(id).content.firstElementChild.cloneNode(true);

function slider([name, low, high, neutral], value) {
  const row = copy("slider"), digits = name === "Exposure2012" ? 2 : 0;
  row.firstElementChild.textContent = name.replace("2012", "");
  if (name === "Temperature" || name === "Tint") row.title = neutral + " is as shot";
  const sign = neutral === 0 && value > 0 ? "+" : "";
  row.lastElementChild.textContent = sign + value.toFixed(digits);
  const part = value < neutral ? (value - neutral) / (neutral - low)
                               : (value - neutral) / (high - neutral);
  const bar = row.querySelector("i");
  bar.style.left = 50 + 50 * Math.min(part, 0) + "%";
  bar.style.width = 50 * Math.abs(part) + "%";
  return row;
}

function card(name, facts) {
  const node = copy("card");
  node.querySelector(".name").textContent = name;
  node.querySelector(".camera").textContent = facts.camera || "unknown camera";
  node.querySelector(".facts span").textContent = "ΔE00 " + facts.size.toFixed(1);
  const [before, after] = node.querySelectorAll("img");
  for (const [image, uri] of [[before, facts.before], [after, facts.after]]) {
    [image.height, image.width] = facts.shape;
    image.src = uri;
  }
  const rows = data.sliders.map((one) => slider(one, facts.settings[one[0]]));
  node.querySelector(".sliders").append(...rows);
  const curve = facts.settings.ToneCurve;
  const points = curve.map((y, i) => i / (curve.length - 1) + "," + (1 - y));
  node.querySelector("polyline").setAttribute("points", points.join(" "));
  return {node, name, camera: facts.camera || "", size: facts.size};
}

const cards = Object.entries(data.cards).map(([name, facts]) => card(name, facts));
const cameras = new Map();
for (const one of cards) cameras.set(one.camera, (cameras.get(one.camera) || 0) + 1);
const named = [...cameras].sort((a, b) => a[0] < b[0] ? -1 : 1);
named.forEach(([camera, count], i) => {
  get("camera").add(new Option((camera || "unknown camera") + " (" + count + ")", String(i)));
});

function show() {
  const chosen = get("camera").value;
  const camera = chosen === "" ? null : named[Number(chosen)][0];
  const from = get("from").value === "" ? -Infinity : Number(get("from").value);
  const to = get("to").value === "" ? Infinity : Number(get("to").value);
  let shown = 0;
  for (const one of cards) {
    const fits = (camera === null || one.camera === camera) && one.size >= from && one.size <= to;
    one.node.hidden = !fits;
    shown += fits;
  }
  get("count").textContent = shown + " of " + cards.length + " pictures";
}

function sort() {
  const by = get("sort").value, way = by === "large" ? -1 : 1;
  const key = (one) => by === "name" ? one.place : way * one.size;
  const ordered = [...cards].sort((a, b) => key(a) - key(b) || a.place - b.place);
  get("cards").replaceChildren(...ordered.map((one) => one.node));
}

cards.forEach((one, i) => { one.place = i; });
for (const id of ["camera", "from", "to"]) get(id).addEventListener("input", show);
get("sort").addEventListener("input", sort);
sort();
show();
if (data.failed.length) {
  get("failed").hidden = false;
  get("failed").querySelector("summary").textContent = data.failed.length + " not done";
  for (const [name, error] of data.failed) {
    const row = get("failed").querySelector("table").insertRow();
    row.insertCell().textContent = name;
    row.insertCell().textContent = error;
  }
}
"""
