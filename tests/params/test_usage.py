import pytest

from params.ranges import neutral_params
from params.typical_edit import typical_edit
from params.usage import CONSTANT, NEUTRAL, VARYING, usage_of, usage_of_values


def edits(count: int, **columns):
    """`count` edits; a column is a function of the picture's number, None leaves it out."""
    made = []
    for i in range(count):
        values = {name: column(i) for name, column in columns.items()}
        made.append(neutral_params() | {k: v for k, v in values.items() if v is not None})
    return made


class TestUsage:
    @pytest.mark.parametrize(
        ("others", "kind"), [(0, CONSTANT), (5, CONSTANT), (6, VARYING), (50, VARYING)]
    )
    def test_one_value_in_95_of_100_is_a_constant(self, others, kind):
        found = usage_of(edits(100, Dehaze=lambda i: 0.0 if i < others else 12.0))["Dehaze"]
        assert found.kind == kind
        assert found.moved == pytest.approx(1.0 - others / 100)
        assert found.share == pytest.approx(max(others, 100 - others) / 100)

    @pytest.mark.parametrize(("moved", "kind"), [(1, NEUTRAL), (5, NEUTRAL), (6, VARYING)])
    def test_what_nearly_nobody_moves_is_neutral(self, moved, kind):
        found = usage_of(edits(100, HueAdjustmentRed=lambda i: i + 1.0 if i < moved else None))
        assert found["HueAdjustmentRed"].kind == kind
        assert found["HueAdjustmentRed"].value == 0.0

    def test_a_hue_is_judged_where_it_acts(self):
        """Half the pictures are toned, all of those at one hue: the hue is the style's own."""
        made = edits(
            20,
            SplitToningShadowHue=lambda i: 210.0 if i % 2 else None,
            SplitToningShadowSaturation=lambda i: float(i) if i % 2 else None,
        )
        found = usage_of(made)
        assert found["SplitToningShadowSaturation"].kind == VARYING
        assert (found["SplitToningShadowHue"].kind, found["SplitToningShadowHue"].share) == (
            CONSTANT,
            1.0,
        )
        nobody = usage_of(edits(20, GrainSize=float))
        assert nobody["GrainSize"].kind == NEUTRAL

    def test_what_acts_nearly_nowhere_is_neutral(self):
        """Of one picture in twenty its hue is neither a preset nor to be learnt."""
        rare = {"SplitToningShadowHue": 210.0, "SplitToningShadowSaturation": 30.0}
        rare |= {"ColorGradeBlending": 100.0, "GrayMixerRed": 5.0, "ConvertToGrayscale": 1.0}
        columns = {n: lambda i, v=v: None if i else v for n, v in rare.items()}
        found = usage_of(edits(20, **columns))
        assert {found[name].kind for name in rare} == {NEUTRAL}
        often = usage_of(edits(7, **columns))
        assert often["SplitToningShadowSaturation"].kind == VARYING
        for name in ("SplitToningShadowHue", "ColorGradeBlending", "GrayMixerRed"):
            assert (often[name].kind, often[name].share) == (CONSTANT, 1.0)
            assert often[name].share_of_all == pytest.approx(1 / 7)

    @pytest.mark.parametrize("usual", [0, 1])
    def test_one_odd_picture_counts_among_less_than_ten(self, usual):
        alike = CONSTANT if usual else NEUTRAL
        assert usage_of_values([usual] * 9 + [2], 0).kind == alike
        assert usage_of_values([usual] * 8 + [2], 0).kind == VARYING
        assert usage_of_values([usual] * 2 + [2], 0).kind == VARYING
        assert usage_of_values([usual] * 3, 0).kind == alike
        assert usage_of_values([usual] * 10 + [2, 2], 0).kind == VARYING
        assert usage_of_values([1, 0], 0).kind == VARYING

    def test_only_what_an_edit_holds(self):
        found = usage_of(edits(3, Vibrance=lambda i: 5.0))
        assert next(iter(found)) == "Temperature"
        assert found["Vibrance"].value == 5.0
        assert found["Temperature"].value == 6500.0
        assert "Dehaze" not in found
        assert found["ToneCurve"].kind == NEUTRAL

    def test_curves(self):
        raised = [0.1, 0.5, 1.0]
        found = usage_of(edits(20, ToneCurvePV2012Red=lambda i: raised))
        assert found["ToneCurvePV2012Red"].kind == CONSTANT
        assert found["ToneCurvePV2012Red"].value == raised
        half = usage_of(edits(20, ToneCurvePV2012Red=lambda i: raised if i % 2 else None))
        assert half["ToneCurvePV2012Red"].kind == VARYING
        assert half["ToneCurvePV2012Red"].moved == 0.5

    def test_no_edits(self):
        with pytest.raises(ValueError, match="no edits"):
            usage_of_values([], 0.0)


class TestTypicalEdit:
    def of(self, made):
        return typical_edit(made, usage_of(made))

    def test_constants_medians_and_nothing_else(self):
        made = edits(
            21,
            Exposure2012=lambda i: 0.1 * i,
            Contrast2012=lambda i: 10.0 if i else 90.0,  # 20 of 21
            Shadows2012=lambda i: 80.0 if i < 5 else 0.0,  # most leave it
            Dehaze=lambda i: 9.0,
        )
        found = self.of(made)
        assert found.pop("Exposure2012") == pytest.approx(1.0)
        assert found == {"Contrast2012": 10.0, "Dehaze": 9.0}

    def test_kelvin_is_halved_in_mired(self):
        made = edits(4, Temperature=lambda i: (4000.0, 5000.0, 8000.0, 9000.0)[i])
        assert self.of(made)["Temperature"] == pytest.approx(2e6 / (1e6 / 5000 + 1e6 / 8000))

    def test_hues_are_angles_by_their_saturation(self):
        made = edits(
            3,
            SplitToningShadowHue=lambda i: (350.0, 20.0, 180.0)[i],
            SplitToningShadowSaturation=lambda i: (30.0, 30.0, 0.0)[i],
        )
        found = self.of(made)
        assert found["SplitToningShadowHue"] == pytest.approx(5.0)
        assert found["SplitToningShadowSaturation"] == 30.0

    def test_where_a_vignette_lies_is_judged_by_those_that_have_one(self):
        made = edits(
            10,
            PostCropVignetteAmount=lambda i: -40.0 if i < 6 else None,
            PostCropVignetteMidpoint=lambda i: 30.0 if i < 6 else None,
        )
        found = self.of(made)
        assert found["PostCropVignetteAmount"] == -40.0
        assert found["PostCropVignetteMidpoint"] == 30.0

    def test_a_panel_that_the_middle_leaves_neutral_is_not_set(self):
        made = edits(
            10,
            PostCropVignetteAmount=lambda i: -40.0 if i < 3 else None,
            PostCropVignetteMidpoint=lambda i: 20.0 if i < 3 else None,
        )
        assert self.of(made) == {}

    def test_how_a_panel_acts_is_not_set_without_what_acts(self):
        made = edits(
            10,
            ParametricDarks=lambda i: -40.0 if i < 3 else None,
            ParametricShadowSplit=lambda i: 40.0 if i < 3 else None,
        )
        assert self.of(made) == {}
        assert self.of(made[:4]) == {"ParametricDarks": -40.0, "ParametricShadowSplit": 40.0}

    def test_curves_are_the_mean_at_any_number_of_knots(self):
        made = edits(2, ToneCurve=lambda i: [0.2, 1.0] if i else [0.0, 0.5, 1.0])
        assert self.of(made)["ToneCurve"] == pytest.approx([0.1, 0.55, 1.0])
        straight = edits(2, ToneCurve=lambda i: [0.0, 1.0])
        assert "ToneCurve" not in self.of(straight)
