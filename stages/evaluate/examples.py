"""Pictures of an evaluation for people to look at: before, expert, model, fit, and where they
differ.
"""

from collections.abc import Sequence

import numpy as np

from imaging.metrics import delta_e00
from params.record import read_record
from report.html_page import picture_uri
from stages.evaluate.measure import Task
from stages.evaluate.pictures import load_pictures
from stages.evaluate.tables import Result

EACH = 20  # worst, best and random
LONG_SIDE = 420
# ΔE00 at which the map is at its brightest, and its colours from 0 on.
MOST = 20.0
_COLOURS = ((0, 0, 0), (60, 20, 110), (180, 50, 90), (245, 140, 20), (255, 250, 190))


def choose(results: Sequence[Result], row: str, seed: int) -> dict[str, list[str]]:
    """Which pictures to show, by id, and as what: "worst", "best" or "random", or several."""
    order = sorted(results, key=lambda one: -one.rows[row]["delta_e"])
    each = min(EACH, (len(order) + 1) // 2)  # of few pictures, none is among worst and best
    drawn = np.random.default_rng(seed).permutation(len(order))[:EACH]
    chosen: dict[str, list[str]] = {}
    for kind, own in (
        ("worst", order[:each]),
        ("best", order[::-1][: min(each, len(order) - each)]),
        ("random", [order[i] for i in sorted(drawn)]),
    ):
        for one in own:
            chosen.setdefault(one.entry.id, []).append(kind)
    return chosen


def draw(task: Task) -> dict[str, str]:
    """The pictures of a task as data URIs: before, expert, each row of `edits`, and the
    differences of the latter to the expert's.
    """
    record = read_record(task.entry.path("data"))
    pictures = load_pictures(task.entry, record, task.short_side, cache=task.cache)
    found = {"expert": picture_uri(pictures.target, LONG_SIDE)}
    for name, rendered in pictures.rendered(record, task.edits):
        found[name] = picture_uri(rendered, LONG_SIDE)
        away = difference_map(delta_e00(rendered, pictures.target))
        found[f"{name}: difference"] = picture_uri(away, LONG_SIDE)
    return found


def difference_map(delta_e: np.ndarray) -> np.ndarray:
    """ΔE00 HxW -> HxWx3 uint8: black where equal, by purple and orange to pale at MOST."""
    stops = np.linspace(0.0, MOST, len(_COLOURS))
    channels = [np.interp(delta_e, stops, channel) for channel in zip(*_COLOURS, strict=True)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
