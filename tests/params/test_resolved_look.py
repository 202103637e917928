"""What a look's amount makes of its parts, and a look beside the photo's own sliders."""

from pathlib import Path

import numpy as np
import pytest
from look_files import fade, look_block, profile_xmp, rgb_block

from params.look_library import LookLibrary
from params.look_profile import LookProfile, read_profile
from params.look_tables import look_table, rgb_table
from params.resolved_look import ResolvedLook, find_look, resolve, with_look
from params.unsupported import Look

CURVE = ((0, 0), (64, 50), (255, 255))
HUES = look_table(look_block(np.array([[[[0.0, 1.0, 1.0], [30.0, 1.4, 0.9]]] * 4], np.float32)))
COLORS = rgb_table(rgb_block(3, fade, amounts=(0.25, 1.5)))
SLIDERS = {"Shadows2012": 40.0, "ConvertToGrayscale": 1.0, "SplitToningShadowHue": 210.0}


def profile(**more: object) -> LookProfile:
    curves = (CURVE, None, None, None)
    return LookProfile("Warm", "", "", True, HUES, COLORS, 0.5, curves, SLIDERS, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "hue", "shares", "rgb_amount", "shadows"),
    [
        (0.0, 0.0, [], 0.25, 0.0),
        (0.5, 15.0, [0.5], 0.25, 20.0),
        (1.0, 30.0, [1.0], 0.5, 40.0),
        (1.5, 45.0, [1.0, 0.5], 0.75, 50.0),
        (2.0, 60.0, [1.0, 1.0], 1.0, 60.0),
        (7.0, 30.0, [1.0], 0.5, 40.0),
        (float("nan"), 30.0, [1.0], 0.5, 40.0),
    ],
)
def test_amounts(
    amount: float, hue: float, shares: list[float], rgb_amount: float, shadows: float
) -> None:
    look = resolve(profile(), amount)
    assert look.look_table is not None
    assert look.look_table.entries[0, 0, 1, 0] == pytest.approx(hue)
    assert look.curves == tuple(((CURVE, None, None, None), share) for share in shares)
    assert look.rgb_amount == rgb_amount
    assert look.sliders == {**SLIDERS, "Shadows2012": shadows}


def test_looks_without_an_amount() -> None:
    fixed = LookProfile("Fixed", supports_amount=False, sliders={"Contrast2012": 10.0})
    assert resolve(fixed, 0.3).sliders == {"Contrast2012": 10.0}


def test_a_table_of_amount_0_is_none() -> None:
    plain = LookProfile("Plain", rgb_table=rgb_table(rgb_block(3, fade)))
    assert resolve(plain, 0.0).rgb_table is None
    assert resolve(plain, 0.1).rgb_table is plain.rgb_table


def test_found_or_told(tmp_path: Path) -> None:
    good, bad = (profile_xmp(n, {"RGBTable": rgb_block(3, fade)}, uuid="") for n in ("Good", "Bad"))
    (tmp_path / "good.xmp").write_bytes(good)
    (tmp_path / "bad.xmp").write_bytes(bad.replace(b"crs:Table_", b"crs:Gone_"))
    library, told = LookLibrary([tmp_path]), []
    found = find_look(Look("Good", 0.5), library, told.append)
    assert found is not None
    assert (found.name, found.rgb_amount) == ("Good", 0.5)
    assert find_look(None, library, told.append) is None
    assert told == []
    assert find_look(Look("Bad"), library, told.append) is None
    assert find_look(Look("Gone"), library, told.append) is None
    assert len(told) == 2
    assert "look 'Bad' is left out" in told[0]
    assert "bad.xmp" in told[0]
    assert told[1] == "look 'Gone' is left out: its profile isn't in any folder of profiles"


def test_sliders_are_added_to_the_photos() -> None:
    look = ResolvedLook("x", sliders={"Contrast2012": 30.0, "Exposure2012": 0.5, "RedHue": -20.0})
    own = {"Contrast2012": 80.0, "Exposure2012": -1.0, "ToneCurve": [0.0, 1.0]}
    assert with_look(own, look) == {
        "Contrast2012": 100.0,
        "Exposure2012": -0.5,
        "RedHue": -20.0,
        "ToneCurve": [0.0, 1.0],
    }
    assert own["Contrast2012"] == 80.0
    assert with_look(own, None) == own
    assert with_look(own, ResolvedLook("y")) == own


def test_places_are_not_added() -> None:
    look = ResolvedLook(
        "x", sliders={"SplitToningShadowHue": 210.0, "SplitToningShadowSaturation": 40.0}
    )
    assert with_look({"Contrast2012": 1.0}, look) == {
        "Contrast2012": 1.0,
        "SplitToningShadowHue": 210.0,
        "SplitToningShadowSaturation": 40.0,
    }
    own = {"SplitToningShadowHue": 30.0, "SplitToningShadowSaturation": 5.0}
    assert with_look(own, look) == {
        "SplitToningShadowHue": 30.0,
        "SplitToningShadowSaturation": 45.0,
    }


def test_split_toning_of_old_has_full_blending() -> None:
    found = read_profile(profile_xmp("x", {}, {"SplitToningShadowSaturation": "40"}), "x")
    assert found.sliders == {"SplitToningShadowSaturation": 40.0, "ColorGradeBlending": 100.0}
