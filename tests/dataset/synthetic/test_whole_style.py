"""The made-up photographer with all panels in use: what is constant, what follows the picture."""

import numpy as np
import pytest

from dataset.synthetic.whole_style import CONSTANTS, colour_traits_of, whole_edit
from params.choose_outputs import choose_outputs
from params.edit_process import edit_process
from params.outputs import NEEDED, held_sliders
from params.panels import CURVES, PANELS
from params.ranges import CURVE_NAME, SLIDER_NAMES, decimals

RED, GREEN, BLUE = np.eye(3) * 0.3 + 0.05


def scene(number: int) -> np.ndarray:
    """Patches of random colours about one, more or less bright, grey and hazy: 24x24x3."""
    random = np.random.default_rng(number)
    colours = 0.5 * random.random(3) + 0.5 * random.random((24, 24, 3))
    strength = random.choice([0.05, 0.3, 0.6])
    light = 2.0 ** random.normal(-1.5, random.uniform(0.5, 1.5), (24, 24, 1))
    pixels = light * (1.0 - strength + strength * colours)
    return (pixels + random.choice([0.0, 0.0, 0.5]) * np.median(pixels)).clip(0.0, 1.0)


@pytest.fixture(scope="module")
def edits() -> list[dict]:
    return [whole_edit(scene(i), np.random.default_rng([2, i])) for i in range(60)]


def test_the_same_seed_gives_the_same_edit(edits) -> None:
    assert whole_edit(scene(3), np.random.default_rng([2, 3])) == edits[3]
    assert whole_edit(scene(3), np.random.default_rng([2, 4])) != edits[3]


def test_every_panel_is_learnt_or_constant(edits) -> None:
    """Ten panels here; twelve as the import counts them, which tells white balance from the basic
    sliders, and the tone curve from the curves of colours.
    """
    outputs = choose_outputs(edits, edit_process(2))
    assert set(outputs.panels) == set(PANELS)
    assert outputs.free_curve
    assert {"ToneCurvePV2012Red", "ToneCurvePV2012Blue"} <= set(outputs.curves)
    moved = {panel for panel in PANELS for s in PANELS[panel].sliders if s.name in outputs.sliders}
    assert moved == set(PANELS) - {"basic", CURVES.name}
    for name in ("Dehaze", "SaturationAdjustmentBlue", "HueAdjustmentGreen", "ConvertToGrayscale"):
        assert 5 < sum(name in edit for edit in edits) < 55, name
    assert outputs.constants.items() >= CONSTANTS.items()
    for name in (*SLIDER_NAMES, CURVE_NAME):
        assert np.ptp([np.mean(edit[name]) for edit in edits]) > 0.0, name


def test_legal_values_in_camera_raws_steps(edits) -> None:
    for edit in edits:
        for slider in held_sliders(edit):
            value = edit[slider.name]
            assert slider.low <= value <= slider.high
            if slider.name != "Temperature":
                assert value == round(value, decimals(slider.name))
        for name, needed in NEEDED.items():
            assert name not in edit or any(edit.get(other) for other in needed)
        tone = np.array(edit[CURVE_NAME])
        assert (np.diff(tone) > 0.0).all()
        assert 0.0 < tone[0] < tone[-1] < 1.0


def test_rules_follow_the_picture() -> None:
    """With rules followed by chance, what most of twenty tries do counts."""

    def share(pixels: np.ndarray, name: str) -> float:
        tries = [whole_edit(pixels, np.random.default_rng(i)) for i in range(20)]
        return sum(name in edit for edit in tries) / len(tries)

    def flat(colour: np.ndarray) -> np.ndarray:
        ramp = np.linspace(0.02, 1.0, 16)[:, None, None]
        return np.broadcast_to(ramp * colour, (16, 16, 3)).copy()

    assert share(flat(BLUE), "SaturationAdjustmentBlue") > 0.7
    assert share(flat(GREEN), "SaturationAdjustmentBlue") == 0.0
    assert share(flat(GREEN), "HueAdjustmentGreen") > 0.7
    assert share(flat(RED), "ConvertToGrayscale") == 0.0
    assert share(flat(np.full(3, 0.3)), "ConvertToGrayscale") > 0.7
    assert share(flat(RED), "Dehaze") == 0.0
    assert share(0.7 + 0.1 * flat(RED), "Dehaze") > 0.7


def test_what_is_seen_of_colours() -> None:
    ramp = np.linspace(0.02, 1.0, 16)[:, None, None]
    green = colour_traits_of(np.broadcast_to(ramp * GREEN, (16, 16, 3)))
    assert (green.green, green.blue) == (1.0, 0.0)
    hazy = colour_traits_of(np.full((8, 8, 3), 0.4))
    assert hazy.haze == pytest.approx(1.0)
    assert hazy.green == hazy.blue == 0.0
