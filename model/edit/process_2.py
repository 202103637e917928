"""Edit process 2, after Camera Raw's process version 5: the order of its sliders, and its fit.

A slider, or a panel of them, is a file of pure functions in this folder, its table of numbers with
it: exposure_contrast, highlights_shadows, blacks_whites, point_curve, vibrance_saturation. A new
one is put there, its test in tests/model/edit, its slider in params.ranges, and it is called here:
in `on_scene` or `rendered` (or a step of its own, added to PROCESS), and where it comes to a table
or matrix that is the same for all pixels, from `Tables`.

Pictures are BxCxHxW linear ProPhoto (C = 3); a slider is a tensor of shape [B] in Camera Raw's
units. Every function takes model.edit.dual's Duals too, and is the identity at the slider's
neutral value. What is published by Adobe, what is measured by others and what is a guess:
docs/process-2.md.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.camera import Shot
from model.edit.blacks_whites import end_table
from model.edit.default_rendering import default_rendering
from model.edit.exposure_contrast import SCENE_SLIDERS, scene_table
from model.edit.fit_rules import FitRules, Start
from model.edit.highlights_shadows import gain_table, with_gain
from model.edit.hue_sat import apply_maps
from model.edit.lookup import rooted_lookup
from model.edit.point_curve import point_curve, point_table
from model.edit.rendered_process import RenderedProcess, Step
from model.edit.scene import Scene, light_shares, scene_of, white_matrices
from model.edit.vibrance_saturation import vibrance_saturation
from params.base_curve import inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.edit_process import MASKS, PROCESS_2
from params.ranges import CURVE_NAME


def white_balance(image: Any, matrices: Any) -> Any:
    """Colours times matrices [B, 3, 3], clipped to 0..1."""
    red, green, blue = image.unbind(1)
    m = matrices.reshape(-1, 9, 1, 1).unbind(1)
    rows = [m[i] * red + m[i + 1] * green + m[i + 2] * blue for i in (0, 3, 6)]
    return torch.stack(rows, dim=1).clamp(0.0, 1.0)


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
    """Highlights and Shadows, the default rendering, the point curve, Blacks and Whites."""
    tables = scene.tables or Tables(p, scene)
    image = with_gain(image, tables.gains, scene.base)
    image = default_rendering(image, scene, p["Blacks2012"])
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
