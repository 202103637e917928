"""Edit process 2, after Camera Raw's process version 5: the order of its sliders, and its fit.

A slider, or a panel of them, is a file of pure functions in this folder, its table of numbers with
it. A new one is put there, its test in tests/model/edit, its slider in params.panels, its panel in
params.edit_process, and it is called here: in `on_scene` or `on_display`, and where it comes to a
table or matrix that is the same for all pixels, from `Tables`.

Pictures are BxCxHxW linear ProPhoto (C = 3); a slider is a tensor of shape [B] in Camera Raw's
units. Every function takes model.edit.dual's Duals too, and is the identity at the slider's
neutral value. What is published by Adobe, what is measured by others and what is a guess:
docs/process-2.md.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from imaging.camera import Shot
from model.edit.arrays import Values, even, stack
from model.edit.base_rendering import apply_base, base_tables, in_turn
from model.edit.black_white import black_and_white
from model.edit.calibration import calibration
from model.edit.clarity_texture import clarity, texture
from model.edit.color_grading import color_grading
from model.edit.color_mixer import color_mixer
from model.edit.dehaze import dehaze
from model.edit.fit_rules import Drawing, FitRules, Start
from model.edit.geometry import Place
from model.edit.grain import grain
from model.edit.highlights_shadows import gain_table, with_gain
from model.edit.hue_preserving import composed, encoded_tone_map, tone_map
from model.edit.hue_sat import apply_maps
from model.edit.looks import apply_look, look_curves, look_maps
from model.edit.parametric_curve import parametric_table
from model.edit.point_curves import channel_curves, knots_table, master_curve
from model.edit.rendered_process import Call, RenderedProcess, Step
from model.edit.scene import Scene, light_shares, scene_of, white_matrices
from model.edit.surroundings import CLARITY, DEHAZE, TEXTURE
from model.edit.tone_maps import blacks, blacks_table, contrast_table, whites, whites_table
from model.edit.tone_tables import unrendered
from model.edit.vibrance_saturation import saturation, vibrance
from model.edit.vignette import (
    COLOR_PRIORITY,
    HIGHLIGHT_PRIORITY,
    PAINT_OVERLAY,
    vignette_styles,
)
from params.colorimetry import srgb_decode, srgb_encode
from params.edit_process import MASKS, PROCESS_2
from params.panels import (
    BLACK_AND_WHITE,
    CALIBRATION,
    CHANNEL_CURVES,
    COLOR_GRADING,
    COLOR_MIXER,
    CURVES,
    DETAIL_PRESENCE,
    GRAIN,
    PARAMETRIC_CURVE,
    VIGNETTE,
    Panel,
)
from params.ranges import CURVE_NAME

_REFINE = CURVES.sliders[0].name
GRAIN_SEED = 0  # the same grain each time that a picture is rendered


def white_balance(image: Any, matrices: Any) -> Any:
    """Colours times matrices [B, 3, 3], clipped to 0..1."""
    red, green, blue = image.unbind(1)
    m = matrices.reshape(-1, 9, 1, 1).unbind(1)
    rows = [m[i] * red + m[i + 1] * green + m[i + 2] * blue for i in (0, 3, 6)]
    return stack(rows, dim=1).clamp(0.0, 1.0)


class Tables:
    """What an edit comes to on a scene, the same for all its pixels; made when first asked for.

    neutral: sliders and the tone curve, where they are known to change nothing and need no work.
    alike: of Whites and Blacks, what is known to act on all channels alike up to the tone curve,
        and can be drawn into it.
    """

    def __init__(
        self,
        p: Mapping[str, Any],
        scene: Scene,
        neutral: frozenset[str] = frozenset(),
        alike: frozenset[str] = frozenset(),
    ) -> None:
        self._p, self._scene, self.neutral, self.alike = p, scene, neutral, alike

    @functools.cached_property
    def matrices(self) -> Any:
        return white_matrices(self._scene.whites, self._p["Temperature"], self._p["Tint"])

    @functools.cached_property
    def light_shares(self) -> Any:
        return light_shares(self._scene.whites, self._p["Temperature"])

    @functools.cached_property
    def base(self) -> Any:
        exposure = self._p["Exposure2012"]
        return base_tables(exposure + self._scene.exposure.to(exposure.dtype), self._scene.bases)

    @functools.cached_property
    def whites(self) -> Any:
        return whites_table(self._p["Whites2012"], self._scene.lift)

    @functools.cached_property
    def blacks(self) -> Any:
        return blacks_table(self._p["Blacks2012"])

    @functools.cached_property
    def curve(self) -> Any:
        """The profile's tone curve, after what of Whites and Blacks is alike."""
        curve = self._scene.curves
        if "Blacks2012" in self.alike:
            curve = in_turn(self.blacks, curve)
        return in_turn(self.whites, curve) if "Whites2012" in self.alike else curve

    @functools.cached_property
    def gains(self) -> Any:
        return gain_table(self._p["Highlights2012"], self._p["Shadows2012"], self._scene.base)

    @functools.cached_property
    def encoded(self) -> tuple[Any, Any]:
        """What is drawn on encoded values before Vibrance, and after it; None: nothing."""
        before, after = None, parametric_table(self._p)
        if "Contrast2012" not in self.neutral:
            before = contrast_table(self._p["Contrast2012"], self._scene.pivot)
        if CURVE_NAME not in self.neutral and _REFINE not in self._p:
            after = composed(after, self.point)
        return (None, composed(before, after)) if "Vibrance" in self.neutral else (before, after)

    @functools.cached_property
    def point(self) -> Any:
        return knots_table(self._p[CURVE_NAME])

    @functools.cached_property
    def channels(self) -> list[Any]:
        return [knots_table(self._p[c]) if c in self._p else None for c in CHANNEL_CURVES]


def on_scene(p: Mapping[str, Any], scene: Scene) -> Iterator[Call]:
    """White balance to Blacks: what Camera Raw does before the profile's tone curve."""
    tables = scene.tables or Tables(p, scene)
    yield white_balance, (tables.matrices,)
    if any(scene.hue_sat):
        yield apply_maps, (scene.hue_sat, tables.light_shares)
    if _holds(p, CALIBRATION):
        yield calibration, (p,)
    yield apply_base, (tables.base, scene.bases)
    yield apply_maps, (scene.look,)
    yield apply_maps, (look_maps(scene.creative),)
    if not {"Highlights2012", "Shadows2012"} <= tables.neutral:
        yield with_gain, (tables.gains, scene.base)
    if "Clarity2012" in p and "Clarity2012" not in tables.neutral:
        yield clarity_near, (p["Clarity2012"], scene)
    if "Texture" in p and "Texture" not in tables.neutral:
        yield texture_near, (p["Texture"], scene)
    if _holds(p, COLOR_MIXER):
        yield color_mixer, (p,)
    if _holds(p, BLACK_AND_WHITE):
        yield black_and_white, (p,)
    if "Saturation" not in tables.neutral:
        yield saturation, (p["Saturation"],)
    if "Whites2012" not in tables.neutral | tables.alike:
        yield whites, (tables.whites, p["Whites2012"])
    if "Blacks2012" not in tables.neutral | tables.alike:
        yield blacks, (tables.blacks, p["Blacks2012"])
    if "PostCropVignetteAmount" in p:
        yield vignette_at, (p, scene.place, (HIGHLIGHT_PRIORITY,))


def on_display(p: Mapping[str, Any], scene: Scene) -> Iterator[Call]:
    """The profile's tone curve, and what Camera Raw does to the colours that it gives."""
    tables = scene.tables or Tables(p, scene)
    yield tone_map, (tables.curve,)
    yield look_curves, (scene.creative,)
    if "Dehaze" in p and "Dehaze" not in tables.neutral:
        yield dehaze_near, (p["Dehaze"], scene)
    before, after = tables.encoded
    if before is not None:
        yield encoded_tone_map, (before,)
    if "Vibrance" not in tables.neutral:
        yield vibrance, (p["Vibrance"],)
    if after is not None:
        yield encoded_tone_map, (after,)
    if _REFINE in p:
        yield master_curve, (tables.point, p[_REFINE])
    if any(c in p for c in CHANNEL_CURVES):
        yield channel_curves, tuple(tables.channels)
    yield apply_look, (scene.creative,)
    if _holds(p, COLOR_GRADING):
        yield color_grading, (p,)
    if "PostCropVignetteAmount" in p:
        yield vignette_at, (p, scene.place, (COLOR_PRIORITY, PAINT_OVERLAY))
    if "GrainAmount" in p:
        yield grain_at, (p, scene.place)


def clarity_near(image: Any, amount: Any, scene: Scene) -> Any:
    """Clarity [B] on the pixels at hand of a scene."""
    around, _ = scene.near(CLARITY)
    return clarity(image, amount, scene.stops - around, around)


def texture_near(image: Any, amount: Any, scene: Scene) -> Any:
    """Texture [B] on the pixels at hand of a scene."""
    around, _ = scene.near(TEXTURE)
    return texture(image, amount, scene.stops - around)


def dehaze_near(image: Any, amount: Any, scene: Scene) -> Any:
    """Dehaze [B] on the pixels at hand of a scene."""
    veil, base = scene.near(DEHAZE)
    return dehaze(image, amount, veil, base)


def vignette_at(image: Any, p: Mapping[str, Any], place: Place, styles: tuple[int, ...]) -> Any:
    """The vignette of pixels at a place, where it is of one of these styles."""
    return vignette_styles(image, place.frame(image), p, styles)


def grain_at(image: Any, p: Mapping[str, Any], place: Place) -> Any:
    """The grain of pixels at a place."""
    return grain(image, p, place.grain(image, p, GRAIN_SEED))


def _holds(p: Mapping[str, Any], panel: Panel) -> bool:
    return any(slider.name in p for slider in panel.sliders)


def find_scene(image: Values, _: Mapping[str, Values], shots: Sequence[Shot | None] = ()) -> Scene:
    """What the steps have to know of whole pictures (proxies of them): the same for all edits."""
    return scene_of(image, shots)


def with_tables(scene: Scene, params: Mapping[str, Values]) -> Scene:
    """A scene for rendering many strips of it with one edit."""
    curve = params[CURVE_NAME]
    straight = even(curve.shape[1], curve.dtype, curve.device)
    neutral = {name for name in _AROUND_0 if name in params and not params[name].any()}
    if (curve - straight).abs().max() < _STRAIGHT:
        neutral.add(CURVE_NAME)
    alike = set()
    between = "PostCropVignetteAmount" in params
    if not between and bool((params["Blacks2012"] <= 0.0).all()):
        alike.add("Blacks2012")
        if bool((params["Whites2012"] >= 0.0).all()):
            alike.add("Whites2012")
    tables = Tables(params, scene, frozenset(neutral), frozenset(alike - neutral))
    return replace(scene, tables=tables)


def unrendered_curve(places: np.ndarray) -> np.ndarray:
    """The tone curve that undoes the default rendering's: values at places 0..1."""
    return srgb_encode(unrendered(srgb_decode(places)))


def _names(*panels: Panel) -> tuple[str, ...]:
    return tuple(slider.name for panel in panels for slider in panel.sliders)


_STRAIGHT = 1e-6
_TONES = ("Highlights2012", "Shadows2012", "Saturation", "Whites2012", "Blacks2012")
_ON_SCENE = ("Temperature", "Tint", "Exposure2012", *_TONES)
_ON_DISPLAY = ("Contrast2012", "Vibrance")
# Neutral at 0, and skipped there.
_AROUND_0 = (*_TONES, *_ON_DISPLAY, *_names(DETAIL_PRESENCE))

PROCESS = RenderedProcess(
    facts=PROCESS_2,
    steps=(
        Step(
            (
                *(*_ON_SCENE, "Clarity2012", "Texture"),
                *_names(CALIBRATION, COLOR_MIXER, BLACK_AND_WHITE, VIGNETTE),
            ),
            on_scene,
        ),
        Step(
            (
                *(*_ON_DISPLAY, CURVE_NAME, *CHANNEL_CURVES, "Dehaze"),
                *_names(PARAMETRIC_CURVE, CURVES, COLOR_GRADING, VIGNETTE, GRAIN),
            ),
            on_display,
        ),
    ),
    find_whole=find_scene,
    whole_masks=MASKS,
    whole_by_edit=False,
    prepared=with_tables,
    rules=FitRules(
        slider_prior=0.005,
        softness=0.3,  # it comes near enough for it to matter
        iterations=40,
        tolerance=2e-4,
        poor_fit=3.0,
        # A picture that no Adobe program rendered is nearer to the default rendering undone, by
        # the point curve; other converters draw their own curve on each channel.
        drawings=(
            Drawing(starts=(Start(), Start({}, unrendered_curve))),
            Drawing(CHANNEL_CURVES, None, (Start({}, unrendered_curve),)),
            Drawing(CHANNEL_CURVES, unrendered_curve),
        ),
        free_ends=PROCESS_2.free_curve,
        plausible=0.02,
        as_shot_gain=0.1,
        other_starts=(
            Start({"Exposure2012": 1.0}),
            Start({"Exposure2012": -1.0}),
            Start({"Temperature": 1.5}),
            Start({"Temperature": -1.0}),
        ),
    ),
)
