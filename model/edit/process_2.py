"""Edit process 2, after Camera Raw's process version 5: one pure function a step.

Pictures are BxCxHxW linear ProPhoto (C = 3); a slider is a tensor of shape [B] in Camera Raw's
units. Every step takes model.solve.dual's Duals too. What is published by Adobe, what is measured
by others and what is a guess: docs/process-2.md. How they make an edit stands at the end.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.camera import Shot
from model.edit.hue_sat import apply_maps
from model.edit.local_base import LocalBase
from model.edit.lookup import constant, evaluate_cubics, lookup, rooted_greys, rooted_lookup
from model.edit.rendered_process import RenderedProcess, Step
from model.edit.scene import Scene, light_shares, scene_of, white_matrices
from model.edit.slider_tables import (
    CURVE_SIZE,
    LOWEST_STOP,
    STEPS_A_STOP,
    black_point,
    blacks_cubics,
    gain_cubics,
    median_stops,
    scene_cubics,
    whites_cubics,
)
from model.edit.whites_lift import adapted_lift
from model.solve.fit_rules import FitRules, Start
from params.base_curve import inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.edit_process import MASKS, PROCESS_2
from params.ranges import CURVE_NAME
from params.rendering import ramp
from params.xmp_curve import natural_cubic

TONE_SIZE = 1025
# Channels nearer to each other than this are mapped by the curve's slope.
_GREY = 1e-4
# The square root gets a finite slope at 0.
_ROOT_FLOOR = 1e-4
SKIN_SPARED = 0.6
# What counts as the grey of a colour for Vibrance and Saturation. ProPhoto's luminance has next to
# no blue, which leaves blue and violet far from their grey.
GREY_WEIGHTS = (0.25, 0.55, 0.2)
SCENE_SLIDERS = ("Exposure2012", "Contrast2012")


def white_balance(image: Any, matrices: Any) -> Any:
    """Colours times matrices [B, 3, 3], clipped to 0..1."""
    red, green, blue = image.unbind(1)
    m = matrices.reshape(-1, 9, 1, 1).unbind(1)
    rows = [m[i] * red + m[i + 1] * green + m[i + 2] * blue for i in (0, 3, 6)]
    return torch.stack(rows, dim=1).clamp(0.0, 1.0)


def hue_preserving(image: Any, curve: Any) -> Any:
    """A curve on the largest and the smallest channel; the one between keeps its place.

    DNG SDK ("RGB tone"). curve: a function of Bx2xHxW.
    """
    low, high = image.amin(1, True), image.amax(1, True)
    gap = (high - low).clamp(min=_GREY)
    low_out, high_out = curve(torch.cat([low, low + gap], dim=1)).split(1, dim=1)
    return low_out + (high_out - low_out) / gap * (image - low)


def default_rendering(image: Any, scene: Scene, blacks: Any) -> Any:
    """Exposure ramp, LookTable and tone curve of the shot's own default rendering (DNG SDK).

    Blacks moves the ramp's black point.
    """
    white, black = scene.levels.reshape(-1, 2, 1, 1, 1).to(image.dtype).unbind(1)
    image = ramp(image, white, black_point(black, blacks.reshape(-1, 1, 1, 1)))
    image = apply_maps(image, scene.look)
    return hue_preserving(image, functools.partial(rooted_lookup, scene.curves))


def scene_table(p: Mapping[str, Any]) -> Any:
    """Exposure and Contrast, on each channel before the default rendering.

    A table for rooted_lookup().
    """
    kind = p[SCENE_SLIDERS[0]].dtype, p[SCENE_SLIDERS[0]].device
    greys: Any = _rooted_greys(*kind).expand(p[SCENE_SLIDERS[0]].shape[0], -1)
    for name in SCENE_SLIDERS:
        root = rooted_lookup(evaluate_cubics(*scene_cubics(name, *kind), p[name]), greys)
        greys = root * root
    return greys


def gain_table(highlights: Any, shadows: Any, base: LocalBase) -> Any:
    """Stops that Highlights and Shadows add in a picture, over distances from its median.

    In photographs Highlights follow the picture's median; Shadows (as measured) don't: theirs
    are over the distance from median_stops().
    """
    kind = highlights.dtype, highlights.device
    wide = base.wide[:, None].to(highlights.dtype)
    near: Any = 0.0
    for name, amount in (("Highlights2012", highlights), ("Shadows2012", shadows)):
        near = evaluate_cubics(*gain_cubics(name, False, *kind), amount) * (1.0 - wide) + near
    photograph = evaluate_cubics(*gain_cubics("Highlights2012", True, *kind), highlights) * wide
    absolute = evaluate_cubics(*gain_cubics("Shadows2012", True, *kind), shadows) * wide
    shift = (base.median.to(highlights.dtype) - median_stops()) * float(STEPS_A_STOP)
    places = torch.arange(absolute.shape[1], dtype=kind[0], device=kind[1])
    return near + photograph + lookup(absolute, places + shift[:, None])


def local_gain(table: Any, base: LocalBase) -> Any:
    """Stops that Highlights and Shadows add, Bx1xHxW, by the base layer's distances."""
    if base.distance is None:
        raise ValueError("a base layer without the distances of the pixels to render")
    return lookup(table, (base.distance - LOWEST_STOP) * float(STEPS_A_STOP))


def point_table(knots: Any) -> Any:
    """The natural cubic spline through knots [B, K] on sRGB-encoded values, for rooted_lookup()."""
    weights = _spline_weights(knots.shape[1], knots.dtype, knots.device)
    drawn = (knots @ weights).clamp(0.0, 1.0)
    return srgb_decode(lookup(drawn, _positions(knots)))


def point_curve(image: Any, table: Any) -> Any:
    """A point curve's table, hue-preserving."""
    return hue_preserving(image, functools.partial(rooted_lookup, table))


def end_table(blacks: Any, whites: Any, lift: Tensor) -> Any:
    """The rest of what Blacks does, then Whites: on each channel, last of all.

    lift: [B], see model.edit.whites_lift.

    A table for rooted_lookup().
    """
    kind = blacks.dtype, blacks.device
    drawn = lookup(evaluate_cubics(*blacks_cubics(*kind), blacks), _positions(blacks))
    lifted = adapted_lift(evaluate_cubics(*whites_cubics(*kind), whites), whites, lift)
    return srgb_decode(lookup(lifted, drawn * float(CURVE_SIZE - 1)))


def vibrance_saturation(image: Any, vibrance: Any, saturation: Any) -> Any:
    """Distance from grey: Saturation evenly, Vibrance less for saturated and skin colours.

    On square roots, where equal steps look about equal. A design of this project: nobody has
    published Lightroom's.
    """
    root = torch.sqrt(image.clamp(0.0, 1.0) + _ROOT_FLOOR) - _ROOT_FLOOR**0.5
    red, green, blue = root.unbind(1)
    weights = GREY_WEIGHTS
    grey = (weights[0] * red + weights[1] * green + weights[2] * blue).unsqueeze(1)
    high = root.amax(1, True)
    spread = high - root.amin(1, True)
    colour = spread / (high + 0.02)
    pale = 1.0 - colour * colour * (3.0 - 2.0 * colour)
    spared = 1.0 - SKIN_SPARED * _skin(root, spread)
    amount = vibrance.reshape(-1, 1, 1, 1) * 0.01
    scale = (amount * pale * spared + 1.0) * (saturation.reshape(-1, 1, 1, 1) * 0.01 + 1.0)
    root = (grey + (root - grey) * scale).clamp(0.0, 1.0) + _ROOT_FLOOR**0.5
    return (root * root - _ROOT_FLOOR).clamp(0.0, 1.0)


def _skin(image: Any, spread: Any) -> Any:
    """1 at the hues of skin (red above green above blue, green about half way), else 0."""
    red, green, blue = image.split(1, dim=1)
    floor = spread + 1e-3
    order = ((red - blue) / floor).clamp(0.0, 1.0)
    middle = (green - blue) / floor
    away = (middle - 0.5) * 2.5
    return order * order * (1.0 - away * away).clamp(0.0, 1.0)


@functools.cache
def _rooted_greys(dtype: torch.dtype, device: torch.device) -> Tensor:
    return constant(rooted_greys(TONE_SIZE)[None], dtype, device)


@functools.cache
def _encoded_positions(dtype: torch.dtype, device: torch.device) -> Tensor:
    places = srgb_encode(rooted_greys(TONE_SIZE)) * (CURVE_SIZE - 1)
    return constant(places[None], dtype, device)


def _positions(slider: Any) -> Tensor:
    """Where rooted_greys(TONE_SIZE) lie in tables over sRGB-encoded greys: [B, TONE_SIZE]."""
    return _encoded_positions(slider.dtype, slider.device).expand(slider.shape[0], -1)


@functools.cache
def _spline_weights(knots: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """[knots, CURVE_SIZE]: a natural spline is linear in its knots' heights."""
    places, at = np.linspace(0.0, 1.0, knots), np.linspace(0.0, 1.0, CURVE_SIZE)
    columns = [natural_cubic(places, unit, at) for unit in np.eye(knots)]
    return constant(np.stack(columns), dtype, device)


class Tables:
    """What an edit comes to on a scene, the same for all its pixels; made when first asked for."""

    def __init__(self, p: Mapping[str, Any], scene: Scene) -> None:
        self._p, self._scene = p, scene

    @functools.cached_property
    def matrices(self) -> Any:
        return white_matrices(self._scene.whites, self._p["Temperature"], self._p["Tint"])

    @functools.cached_property
    def light_shares(self) -> Any:
        return light_shares(self._scene.whites, self._p["Temperature"])

    @functools.cached_property
    def tone(self) -> Any:
        return scene_table(self._p)

    @functools.cached_property
    def gains(self) -> Any:
        return gain_table(self._p["Highlights2012"], self._p["Shadows2012"], self._scene.base)

    @functools.cached_property
    def point(self) -> Any:
        return point_table(self._p[CURVE_NAME])

    @functools.cached_property
    def ends(self) -> Any:
        return end_table(self._p["Blacks2012"], self._p["Whites2012"], self._scene.lift)


def on_scene(image: Any, p: Mapping[str, Any], scene: Scene) -> Any:
    """White balance, HueSatMap, Exposure, Contrast, Vibrance and Saturation."""
    tables = scene.tables or Tables(p, scene)
    image = white_balance(image, tables.matrices)
    if any(scene.hue_sat):
        image = apply_maps(image, scene.hue_sat, tables.light_shares)
    image = rooted_lookup(tables.tone, image)
    return vibrance_saturation(image, p["Vibrance"], p["Saturation"])


def rendered(image: Any, p: Mapping[str, Any], scene: Scene) -> Any:
    """The default rendering, Highlights and Shadows, the point curve, Blacks and Whites."""
    tables = scene.tables or Tables(p, scene)
    image = default_rendering(image, scene, p["Blacks2012"])
    image = (image * torch.exp2(local_gain(tables.gains, scene.base))).clamp(0.0, 1.0)
    return rooted_lookup(tables.ends, point_curve(image, tables.point))


def find_scene(image: Tensor, _: Mapping[str, Tensor], shots: Sequence[Shot | None] = ()) -> Scene:
    """What the steps have to know of whole pictures (proxies of them): the same for all edits."""
    return scene_of(image, shots)


def with_tables(scene: Scene, params: Mapping[str, Tensor]) -> Scene:
    """A scene for rendering many strips of it with one edit."""
    return replace(scene, tables=Tables(params, scene))


def unrendered_curve(places: np.ndarray) -> np.ndarray:
    """The tone curve that undoes the default rendering's: values at places 0..1."""
    return srgb_encode(inverse_base_curve(srgb_decode(places)))


PROCESS = RenderedProcess(
    facts=PROCESS_2,
    steps=(
        Step(("Temperature", "Tint", *SCENE_SLIDERS, "Vibrance", "Saturation"), on_scene),
        Step(("Blacks2012", "Highlights2012", "Shadows2012", CURVE_NAME, "Whites2012"), rendered),
    ),
    find_whole=find_scene,
    whole_masks=MASKS,
    whole_by_edit=False,
    prepared=with_tables,
    rules=FitRules(
        slider_prior=0.005,
        softness=0.3,  # it comes near enough for it to matter
        iterations=40,  # it begins three times, and the best is found early
        tolerance=2e-4,
        poor_fit=3.0,
        # A picture that no Adobe program rendered is nearer to the default rendering undone, by
        # the point curve and a black point of 0. The same with low contrast leads elsewhere
        # where curve and contrast could do the same.
        starts=(
            Start(),
            Start({"Blacks2012": 2.0}, unrendered_curve),
            Start({"Blacks2012": 2.0, "Contrast2012": -1.0}, unrendered_curve),
        ),
        other_starts=(
            Start({"Exposure2012": 1.0}),
            Start({"Exposure2012": -1.0}),
            Start({"Temperature": 1.5}),
            Start({"Temperature": -1.0}),
        ),
    ),
)
