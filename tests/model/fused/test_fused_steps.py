"""Every step of the kernel, alone, beside the function of model.edit that it stands for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from look_files import fade, look_block, rgb_block
from tolerances import ONE_CODE_16

from imaging.camera import Shot
from imaging.color import romm_encode
from imaging.jpeg import to_srgb8
from model.edit import process_1, process_2
from model.edit.base_rendering import Base, base_table
from model.edit.black_white import black_and_white
from model.edit.calibration import calibration
from model.edit.color_grading import color_grading
from model.edit.color_mixer import color_mixer
from model.edit.hue_sat import apply_maps
from model.edit.in_numpy import edit_arrays, to_planes
from model.edit.looks import apply_look, look_curves
from model.edit.numpy_array import Array
from model.edit.processes import rendered_process
from model.edit.scene import scene_of
from model.fused import library, process_2_panels
from model.fused import process_1 as plans_1
from model.fused.plan import NotPlanned, Plan, planned
from params.crop import Window
from params.look_profile import LookProfile
from params.look_tables import GAMMAS, PRIMARIES, look_table, rgb_table
from params.panels import BANDS, CHANNEL_CURVES
from params.profile_table import profile_table
from params.ranges import CURVE_NAME, neutral_params
from params.rendering import SDK, Rendering
from params.resolved_look import resolve

pytestmark = pytest.mark.skipif(library.library() is None, reason="no C compiler: no kernel")
SIZE = (37, 300)
PIXELS = np.random.default_rng(7).random((*SIZE, 3), np.float32)
PIXELS[:12] **= 6
PIXELS[12:15] = PIXELS[12:15, :, :1]
PIXELS[15, :8] = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, 8).T
IMAGE = to_planes(PIXELS)


def one(*values: float) -> Array:
    return np.array(values, np.float32).view(Array)


def curve(power: float) -> list[float]:
    return (np.linspace(0.0, 1.0, 16) ** power).tolist()


def of_kind(kind: str, values: Any = range(-100, 101)) -> dict[str, Array]:
    """The mixer's sliders of a kind, all over their range."""
    places = np.linspace(0, len(values) - 1, 8).astype(int)
    return {f"{kind}{band}": one(float(values[i])) for band, i in zip(BANDS, places, strict=True)}


def table_of(values: int, encoded: int = 0) -> Any:
    random = np.random.default_rng(values)
    data = random.uniform(-1.0, 1.0, (values, 6, 4, 3)) * [25.0, 0.3, 0.3] + [0, 1, 1]
    return profile_table((6, 4, values), data, (encoded,))


def look(**parts: Any) -> Any:
    return resolve(LookProfile("A", **parts), 1.0)


def rgb_look(size: int, primaries: str, gamma: str, **more: Any) -> Any:
    return look(rgb_table=rgb_table(rgb_block(size, fade, (primaries, gamma), **more)))


def same(pixels: np.ndarray, calls: list[Any], planners: Any, steps: int | None = None) -> None:
    image = to_planes(pixels)
    for function, arguments in calls:
        image = function(image, *arguments)
    plan = planned(calls, planners)
    assert len(plan.steps) == (len(calls) if steps is None else steps)
    out = np.empty_like(pixels)
    assert not library.run(plan, pixels, out).any()
    wanted = np.moveaxis(np.asarray(image)[0], 0, 2)
    assert np.abs(wanted - pixels).max() > 1e-3
    apart = np.abs(romm_encode(out.clip(0, 1)) - romm_encode(wanted.clip(0, 1))) / ONE_CODE_16
    assert apart.max() < 1.0


TURNED = look_table(look_block(np.array([[[[0.0, 1.0, 1.0], [120.0, 1.0, 1.0]]] * 4], np.float32)))
CURVE = ((0, 0), (64, 44), (192, 214), (255, 255))
MIXER = of_kind("HueAdjustment") | of_kind("SaturationAdjustment", range(100, -101, -1))
STEPS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "apply_base": (process_2.apply_base, (base_table(one(0.7)), (Base(),))),
    "apply_base of the SDK": (
        process_2.apply_base,
        (base_table(one(0.7), Base(SDK)), (Base(SDK),)),
    ),
    "a flat table": (apply_maps, ([(table_of(1),)],)),
    "a deep table": (apply_maps, ([(table_of(5),)],)),
    "an encoded table": (apply_maps, ([(table_of(5, 1),)],)),
    "two tables": (apply_maps, ([(table_of(5), table_of(5))], one(0.3))),
    "a look's table": (apply_maps, ([(TURNED.table,)],)),
    "color_mixer": (color_mixer, (MIXER | of_kind("LuminanceAdjustment"),)),
    "mixer's hue": (color_mixer, (of_kind("HueAdjustment"),)),
    "mixer's saturation": (color_mixer, (of_kind("SaturationAdjustment"),)),
    "mixer's luminance": (color_mixer, (of_kind("LuminanceAdjustment"),)),
    "mixer without luminance": (color_mixer, (MIXER,)),
    "black_and_white": (
        black_and_white,
        ({"ConvertToGrayscale": one(1.0)} | of_kind("GrayMixer"),),
    ),
    "plain black_and_white": (black_and_white, ({"ConvertToGrayscale": one(1.0)},)),
    "saturation": (process_2.saturation, (one(-45.0),)),
    "whites": (process_2.whites, (process_2.whites_table(one(-5.0), one(1.0)), one(-5.0))),
    "blacks": (process_2.blacks, (process_2.blacks_table(one(60.0)), one(60.0))),
    "tone_map": (process_2.tone_map, (process_2.blacks_table(one(-60.0)),)),
    "encoded_tone_map": (
        process_2.encoded_tone_map,
        (process_2.contrast_table(one(70.0), one(0.2)),),
    ),
    "vibrance": (process_2.vibrance, (one(80.0),)),
    "vibrance below 0": (process_2.vibrance, (one(-80.0),)),
    "master_curve": (
        process_2.master_curve,
        (process_2.knots_table(one(*curve(1.5))[None]), one(30.0)),
    ),
    "channel_curves": (
        process_2.channel_curves,
        (process_2.knots_table(one(*curve(0.7))[None]), None, None),
    ),
    "look_curves": (look_curves, ((look(curves=(CURVE, None, None, None)),),)),
    "color_grading": (
        color_grading,
        (
            {
                "SplitToningShadowHue": one(220.0),
                "SplitToningShadowSaturation": one(60.0),
                "ColorGradeMidtoneLum": one(40.0),
                "SplitToningHighlightHue": one(40.0),
                "SplitToningHighlightSaturation": one(70.0),
                "SplitToningBalance": one(20.0),
            },
        ),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step(name: str) -> None:
    same(PIXELS, [STEPS[name]], process_2_panels.planners(*SIZE))


def test_calibration() -> None:
    p = {"ShadowTint": one(60.0), "RedHue": one(30.0), "BlueSaturation": one(-40.0)}
    same(PIXELS, [(calibration, (p,))], process_2_panels.planners(*SIZE), 2)
    p["ShadowTint"] = one(-60.0)
    same(PIXELS, [(calibration, (p,))], process_2_panels.planners(*SIZE), 2)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("primaries", PRIMARIES)
def test_rgb_tables(primaries: str, gamma: str) -> None:
    calls = [(apply_look, ((rgb_look(7, primaries, gamma),),))]
    same(PIXELS * np.float32(0.98), calls, process_2_panels.planners(*SIZE))


@pytest.mark.parametrize("style", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("window", [None, Window((0.9, 0.1, -20.0, -0.1, 0.9, 3.0), 25, 220)])
def test_vignettes(style: float, window: Window | None) -> None:
    place = process_2.Place(window=window)
    p = {
        "PostCropVignetteAmount": one(-70.0),
        "PostCropVignetteStyle": one(style),
        "PostCropVignetteRoundness": one(-30.0),
        "PostCropVignetteFeather": one(20.0),
        "PostCropVignetteHighlightContrast": one(50.0),
    }
    calls = [(process_2.vignette_at, (p, place, (int(style),)))]
    same(PIXELS, calls, process_2_panels.planners(*SIZE))


@pytest.mark.parametrize("full_side", [None, 2500])
@pytest.mark.parametrize("size", [0.0, 100.0])
def test_grain(size: float, full_side: int | None) -> None:
    p = {"GrainAmount": one(80.0), "GrainSize": one(size), "GrainFrequency": one(70.0)}
    calls = [(process_2.grain_at, (p, process_2.Place(full_side=full_side)))]
    same(PIXELS, calls, process_2_panels.planners(*SIZE))


@pytest.mark.parametrize(
    "moved",
    [
        {"Highlights2012": -80.0, "Shadows2012": 70.0},
        {"Clarity2012": 60.0},
        {"Clarity2012": -60.0},
        {"Texture": 70.0},
        {"Texture": -70.0},
        {"Dehaze": 50.0},
        {"Dehaze": -50.0},
    ],
    ids=str,
)
def test_what_knows_the_surroundings(moved: dict[str, float]) -> None:
    """The whole edit, because these steps look at the scene's pixels."""
    process = rendered_process(2)
    values = edit_arrays(neutral_params() | moved, process.facts.panels)
    scene = process.prepared(scene_of(IMAGE), values)
    wanted = IMAGE
    for step in process.steps:
        wanted = step.apply(wanted, values, scene.of(IMAGE))
    calls = [call for step in process.steps for call in step.calls(values, scene)]
    plan = planned(calls, process_2_panels.planners(*SIZE))
    assert plan.needs_stops
    out = np.empty_like(PIXELS)
    library.run(plan, PIXELS, out)
    wanted = np.moveaxis(np.asarray(wanted)[0], 0, 2)
    assert np.abs(romm_encode(out) - romm_encode(wanted)).max() < ONE_CODE_16


def test_process_1() -> None:
    means = one(0.2, 0.3, 0.1, 0.4)[None]
    amounts = (one(60.0), one(-40.0), one(30.0), one(-70.0))
    for function, arguments in (
        (process_1.white_balance, (one(9000.0), one(20.0))),
        (process_1.exposure, (one(-1.3),)),
        (process_1.contrast, (one(-60.0),)),
        (process_1.regions, (*amounts, None)),
        (process_1.regions, (*amounts, means)),
        (process_1.tone_curve, (one(*curve(1.4))[None],)),
        (process_1.vibrance_saturation, (one(60.0), one(-30.0))),
    ):
        same(PIXELS, [(function, arguments)], plans_1.PLANNERS)


def test_every_step_of_the_processes_has_a_plan() -> None:
    """A function that is called but not planned would cost the kernel, in silence."""
    for number, planners in ((1, plans_1.PLANNERS), (2, process_2_panels.planners(*SIZE))):
        process = rendered_process(number)
        edit = neutral_params() | {CURVE_NAME: curve(1.2), "Vibrance": 20.0, "Whites2012": -20.0}
        edit |= {name: curve(0.8) for name in CHANNEL_CURVES}
        edit |= {name: 20.0 for name in process.facts.local_sliders}
        edit |= {"Blacks2012": 10.0, "Contrast2012": 5.0, "Saturation": 3.0, "BlueHue": 5.0}
        edit |= {"HueAdjustmentRed": 5.0, "ConvertToGrayscale": 1.0, "ColorGradeGlobalLum": 9.0}
        edit |= {"CurveRefineSaturation": 50.0, "ParametricDarks": 9.0}
        values = edit_arrays(edit, process.facts.panels)
        whole = process.find_whole(IMAGE, values, [Shot(None, None, Rendering())])
        whole = process.prepared(whole, values)
        calls = [call for step in process.steps for call in step.calls(values, whole)]
        assert {function for function, _ in calls} <= set(planners)
        assert {name for name in library.library().codes} >= {
            step.name for step in planned(calls, planners).steps
        }


def test_16_and_8_bits() -> None:
    out16, out8 = np.empty(PIXELS.shape, np.uint16), np.empty(PIXELS.shape, np.uint8)
    library.run(Plan(()), PIXELS, out16)
    library.run(Plan(()), PIXELS, out8, "clip")
    wanted = np.rint(romm_encode(PIXELS.astype(np.float64)) * 65535.0)
    assert np.abs(out16 - wanted).max() <= 1.0
    assert np.mean(out16 != wanted) < 0.02
    wanted8 = to_srgb8(PIXELS, "clip")
    assert np.abs(out8.astype(int) - wanted8).max() <= 1
    assert np.mean(out8 != wanted8) < 1e-3


def test_what_cannot_be_planned() -> None:
    planners = process_2_panels.planners(*SIZE)
    with pytest.raises(NotPlanned, match="sum"):
        planned([(torch.sum, ())], planners)
    with pytest.raises(NotPlanned, match="several pictures"):
        planned([(process_2.saturation, (one(1.0, 2.0),))], planners)
    with pytest.raises(NotPlanned, match="not finite"):
        planned([(process_2.saturation, (one(np.nan),))], planners)
