"""One edit for pictures that are to look alike, as synchronising them in Lightroom would set it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from params.outputs import PANEL_SLIDERS, WHOLE
from params.panels import CURVE_NAMES, PANELS, moved_panels
from params.ranges import SLIDERS
from params.typical_edit import middle

_SLIDERS = {slider.name: slider for slider in SLIDERS} | PANEL_SLIDERS


def shared_edit(edits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The middle of some edits, params as a record holds them.

    Each slider is the median (see params.typical_edit.middle), a switch what most have, a curve
    the median at each of its places, which keeps a rising curve rising.
    """
    names = list(dict.fromkeys(name for edit in edits for name in edit))
    found: dict[str, Any] = {}
    for name in names:
        if name in CURVE_NAMES:
            found[name] = _curve([edit.get(name, (0.0, 1.0)) for edit in edits])
        elif name in WHOLE:
            neutral = _SLIDERS[name].neutral
            found[name] = Counter(edit.get(name, neutral) for edit in edits).most_common(1)[0][0]
        else:
            found[name] = middle(_SLIDERS[name], edits)
    panels = moved_panels(found, PANELS)
    basic = {slider.name for slider in SLIDERS}
    kept = {name: value for name, value in found.items() if name in basic or name in panels}
    return kept | {name: found[name] for name in CURVE_NAMES[:1] if name in found}


def _curve(curves: Sequence[Any]) -> list[float]:
    places = np.linspace(0.0, 1.0, max(len(curve) for curve in curves))
    drawn = [np.interp(places, np.linspace(0.0, 1.0, len(c)), np.asarray(c)) for c in curves]
    middle_curve: list[float] = np.median(drawn, axis=0).tolist()
    return middle_curve
