"""The outputs of each panel's head: what a row of its last layer means; nothing of torch.

An output takes a row of the last layer if it is a plain slider, two if it has a gate (value, and
whether it is moved at all) or is a hue (a vector, whose length does not matter), and a row a knot
if it is a curve: what is added to a straight line, or to the rising curve of the tone head.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from params.outputs import HUES, PANEL_SLIDERS, Outputs, held_curves, panel_of
from params.ranges import CURVE_NAME, normalize_scalars

SLIDER, GATED, HUE, CURVE = "slider", "gated", "hue", "curve"


@dataclass(frozen=True)
class Field:
    """One output of a head: its XMP name, its kind, and which names get its value."""

    name: str
    kind: str
    names: tuple[str, ...]

    def rows(self, knots: int) -> int:
        return {SLIDER: 1, GATED: 2, HUE: 2, CURVE: knots}[self.kind]


def fields_of(outputs: Outputs) -> dict[str, list[Field]]:
    """The fields of each panel's head."""
    fields = []
    for name in outputs.sliders:
        kind = GATED if name in outputs.gated else HUE if name in HUES else SLIDER
        fields.append(Field(name, kind, (name,)))
    if outputs.free_curve:
        fields.append(Field(CURVE_NAME, CURVE, (CURVE_NAME,)))
    if outputs.curves and outputs.one_curve:
        fields.append(Field(outputs.curves[0], CURVE, outputs.curves))
    else:
        fields += [Field(name, CURVE, (name,)) for name in outputs.curves]
    heads: dict[str, list[Field]] = {}
    for field in fields:
        heads.setdefault(panel_of(field.name), []).append(field)
    return heads


def neutral_norm(name: str) -> float:
    """A panel slider's neutral value in [-1, 1]."""
    slider = PANEL_SLIDERS[name]
    return float(normalize_scalars({name: slider.neutral}, [slider])[name])


def places_of(fields: Sequence[Field], knots: int) -> dict[Field, slice]:
    """The rows of each field."""
    found, first = {}, 0
    for field in fields:
        found[field] = slice(first, first + field.rows(knots))
        first = found[field].stop
    return found


def constant_values(outputs: Outputs) -> dict[str, Any]:
    """The style's constants as params_norm of one picture: numbers, and curves."""
    sliders = [PANEL_SLIDERS[name] for name in outputs.constants if name in PANEL_SLIDERS]
    norm = normalize_scalars(outputs.constants, sliders)
    curves = {name: outputs.constants[name] for name in held_curves(outputs.constants)}
    return {**norm, **curves}
