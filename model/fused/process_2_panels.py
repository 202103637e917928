"""Plans of edit process 2's other panels, and of looks, for the kernel."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from model.edit import clarity_texture as presence
from model.edit import color_mixer as mixer
from model.edit import dehaze as haze
from model.edit import table_gammas as gammas
from model.edit import vignette as vig
from model.edit.black_white import black_and_white
from model.edit.calibration import BLACK, calibration, moved_primaries, tint_taken
from model.edit.color_grading import color_grading, grading_curves
from model.edit.geometry import Place
from model.edit.grain import PRIMES, grain_cells, grain_strength
from model.edit.local_base import LUMINANCE
from model.edit.looks import Looks, apply_look, curve_calls, look_curves
from model.edit.numpy_array import Array
from model.edit.process_2 import (
    GRAIN_SEED,
    clarity_near,
    dehaze_near,
    grain_at,
    texture_near,
    vignette_at,
)
from model.edit.rgb_table import primaries_matrices
from model.edit.scene import Scene
from model.edit.surroundings import Surroundings
from model.fused.plan import NotPlanned, PlannedStep, Planner, number, planned, table
from model.fused.process_2_basic import BASIC, rooted_scale, surroundings
from params.look_tables import RgbTable
from params.panels import GRAIN

_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_GAMMAS = ("linear", "srgb", "rec2020")  # as tables.h counts them; then come the powers
_FLOAT32 = np.dtype(np.float32)


def planners(height: int, width: int) -> dict[Callable[..., Any], Planner]:
    """Those of process 2, for a picture of this size."""
    size = height, width
    return BASIC | {
        calibration: _calibration,
        clarity_near: _clarity,
        texture_near: _texture,
        dehaze_near: _dehaze,
        mixer.color_mixer: _color_mixer,
        black_and_white: _black_and_white,
        look_curves: _look_curves,
        apply_look: _apply_look,
        color_grading: _color_grading,
        vignette_at: partial(_vignette, size),
        grain_at: partial(_grain, size),
    }


def _calibration(p: Mapping[str, Any]) -> Iterator[PlannedStep]:
    matrix = np.eye(3)
    for row, column, amount in moved_primaries(p):
        matrix[row, column] += number(amount)
        matrix[row, row] -= number(amount)
    yield PlannedStep("matrix", matrix.ravel().tolist())
    if "ShadowTint" in p:
        yield PlannedStep("shadow_tint", [*map(number, tint_taken(p["ShadowTint"])), BLACK])


def _known(scene: Scene) -> Surroundings:
    if scene.surroundings is None:
        raise NotPlanned("pixels without their surroundings")
    return scene.surroundings


def _clarity(amount: Any, scene: Scene) -> Iterator[PlannedStep]:
    coefficients, size = surroundings(_known(scene).clarity)
    dark = [presence.DARK - presence.DARK_FADE, 1.0 / presence.DARK_FADE]
    bright = [presence.BRIGHT + presence.BRIGHT_FADE, 1.0 / presence.BRIGHT_FADE]
    strength = number(presence.clarity_strength(amount))
    numbers = [strength, presence.MOST_STOPS, *dark, *bright, presence.LEAST]
    yield PlannedStep("clarity", numbers, [coefficients], size, surroundings=True)


def _texture(amount: Any, scene: Scene) -> Iterator[PlannedStep]:
    coefficients, size = surroundings(_known(scene).texture)
    numbers = [number(presence.texture_strength(amount)), presence.MOST_STOPS]
    yield PlannedStep("texture", numbers, [coefficients], size, surroundings=True)


def _dehaze(amount: Any, scene: Scene) -> Iterator[PlannedStep]:
    base = _known(scene).dehaze
    coefficients, size = surroundings(base)
    light = [1.0 / haze.GAMMA, haze.FLOOR, number(base.median)]
    cleared = [haze.STRENGTH, haze.EXPONENT, haze.LEAST]
    laid = [haze.DENSITY, haze.MORE_DENSITY, haze.MOST_DENSITY, haze.VEIL]
    ends = [haze.FLOOR**haze.GAMMA, haze.DARKEST]
    numbers = [number(amount) * 0.01, *light, *cleared, *laid, *ends]
    yield PlannedStep("dehaze", numbers, [coefficients], size, surroundings=True)


_LIGHT = (mixer.LIGHTER, 1.0 / mixer.LIGHTER_SPREAD, mixer.DARKER, 1.0 / mixer.DARKER_SPREAD)
_MIXER = (*_LIGHT, mixer.PURER, mixer.PURER_DARK, 0.0, mixer.TINY, mixer.GREY, mixer.BLACK)


def _color_mixer(p: Mapping[str, Any]) -> Iterator[PlannedStep]:
    turns, purity, light = mixer.mixer_tables(p)
    given = (turns, *(purity or (None, None)), *(light or (None, None)))
    tables = [None if one is None else table(one) for one in given]
    sizes = [len(one) for one in tables if one is not None]
    if sizes:
        yield PlannedStep("color_mixer", _MIXER, tables, sizes[:1])


def _black_and_white(p: Mapping[str, Any]) -> Iterator[PlannedStep]:
    if "ConvertToGrayscale" not in p:
        return
    amounts = mixer.band_amounts(p, "GrayMixer")
    tables: list[np.ndarray | None] = [None] * 5
    if amounts is not None:
        tables[3:] = (table(one) for one in mixer.up_and_down(amounts))
    numbers = [*_MIXER, *LUMINANCE, number(p["ConvertToGrayscale"])]
    size = 0 if tables[3] is None else len(tables[3])
    yield PlannedStep("black_and_white", numbers, tables, [size])


def _one(looks: Looks) -> Any:
    if len(looks) != 1:
        raise NotPlanned("several pictures")
    return looks[0]


def _look_curves(looks: Looks) -> Iterator[PlannedStep]:
    look = _one(looks)
    if look is not None:
        yield from planned(curve_calls(look, _FLOAT32, Array.device), BASIC).steps


def _apply_look(looks: Looks) -> Iterator[PlannedStep]:
    look = _one(looks)
    if look is not None and look.rgb_table is not None and look.rgb_amount != 0.0:
        yield _rgb_table(look.rgb_table, float(look.rgb_amount))


def _rgb_table(rgb: RgbTable, amount: float) -> PlannedStep:
    there, back = primaries_matrices(rgb.primaries)
    same = there is None
    matrices = np.array([_IDENTITY, _IDENTITY] if same else [there, back]).ravel()
    changes = np.ascontiguousarray(rgb.changes, dtype=np.float32)
    channels: list[np.ndarray | None] = [None] * 3
    if changes.ndim == 2:
        channels = [table(column) for column in changes.T]
    gamma, numbers, toe = _gamma(rgb.gamma)
    counts = [
        *(len(changes), int(changes.ndim > 2), gamma),
        *(int(same or rgb.extend), 0 if toe is None else len(toe)),
    ]
    if len(changes) < 2:
        raise NotPlanned("a table of one entry")
    return PlannedStep(
        "rgb_table", [*matrices.tolist(), amount, *numbers], [changes, toe, *channels], counts
    )


def _gamma(name: str) -> tuple[int, Sequence[float], np.ndarray | None]:
    if name == "rec2020":
        return _GAMMAS.index(name), [gammas.ALPHA, gammas.BETA, gammas.LINE, gammas.REC], None
    if name in _GAMMAS:
        return _GAMMAS.index(name), [], None
    power = gammas.POWERS[name]
    toe = table(gammas.toe_table(name, _FLOAT32, Array.device))
    ends = [power.exponent, power.end, power.height, 1.0 / power.end]
    places = (len(toe) - 1) / power.height
    return len(_GAMMAS), [*ends, *gammas.cubic_factors(power), places], toe


def _color_grading(p: Mapping[str, Any]) -> Iterator[PlannedStep]:
    curves = grading_curves(p)
    if curves is not None:
        tables = [table(curve) for curve in curves]
        size = len(tables[0])
        yield PlannedStep("rooted_channels", [rooted_scale(size)], tables, [size])


def _vignette(
    size: tuple[int, int], p: Mapping[str, Any], place: Place, styles: Sequence[int]
) -> Iterator[PlannedStep]:
    (style,) = vig.own_styles(p, 1)
    if style not in styles:
        return
    numbers = _frame(place, size)
    rounder, squarer, start, feather = map(number, vig.mask_shape(p, Array(0, np.float32)))
    numbers += [rounder, squarer, start, 1.0 / feather]
    amount = number(p["PostCropVignetteAmount"]) * 0.01
    if style == vig.PAINT_OVERLAY:
        target = float(amount > 0.0)
        yield PlannedStep("vignette_paint", [*numbers, amount * (2.0 * target - 1.0), target])
        return
    kept = number(p.get("PostCropVignetteHighlightContrast", 0.0)) * 0.01
    spared = kept * (amount < 0.0)
    yield PlannedStep("vignette_light", [*numbers, amount * vig.STOPS, spared, *LUMINANCE])


def _frame(place: Place, size: tuple[int, int]) -> list[float]:
    """From a pixel's column and row to its place in the frame; half the frame's sides; 1 / the
    distance of its corners."""
    height, width = size
    frame = place.strip(0, height).frame(np.broadcast_to(np.float32(0.0), (1, 3, 2, width)))
    numbers = []
    for axis in (frame.x, frame.y):
        first = float(axis[0, 0, 0])
        across = (float(axis[0, 0, -1]) - first) / max(1, width - 1)
        numbers += [across, float(axis[0, 1, 0]) - first, first]
    corner = (frame.half_width**2 + frame.half_height**2) ** 0.5
    return [*numbers, frame.half_width, frame.half_height, 1.0 / corner]


def _grain(size: tuple[int, int], p: Mapping[str, Any], place: Place) -> Iterator[PlannedStep]:
    given = {name: number(p[name]) for name in GRAIN.neutral if name in p}
    reduced = place.reduced(size)
    (fine, side), (coarse, larger) = grain_cells(size, given, reduced)
    yield PlannedStep(
        "grain",
        [fine, coarse, number(grain_strength(p["GrainAmount"]))],
        counts=[0, *PRIMES, GRAIN_SEED],
        exact=[reduced, side, larger],
    )
