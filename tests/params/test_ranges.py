import numpy as np
import pytest

from params import ranges

ENDS = [(s.name, s.low, s.high) for s in ranges.SLIDERS]


def test_order_is_the_published_models():
    assert ranges.SLIDER_NAMES == (
        "Temperature",
        "Tint",
        "Exposure2012",
        "Contrast2012",
        "Highlights2012",
        "Shadows2012",
        "Whites2012",
        "Blacks2012",
        "Vibrance",
        "Saturation",
    )


def test_neutral_values():
    normal = ranges.normalize_scalars(ranges.neutral_params())
    assert normal.pop("Temperature") == pytest.approx(-0.8125, abs=1e-15)
    assert set(normal.values()) == {0.0}


@pytest.mark.parametrize(("name", "low", "high"), ENDS)
def test_ends_are_exact_and_beyond_is_clamped(name, low, high):
    params = ranges.neutral_params()
    for value, normal in ((low, -1.0), (high, 1.0), (low - 9e9, -1.0), (high + 9e9, 1.0)):
        assert ranges.normalize_scalars(params | {name: value})[name] == normal
    normal_params = ranges.normalize_scalars(params)
    for normal, value in ((-1.0, low), (1.0, high), (-3.0, low), (3.0, high)):
        assert ranges.denormalize_scalars(normal_params | {name: normal})[name] == value


def test_round_trip_of_floats_arrays_and_tensors():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    params = {s.name: rng.uniform(s.low, s.high, 7) for s in ranges.SLIDERS}
    back = ranges.denormalize_scalars(ranges.normalize_scalars(params))
    tensors = {name: torch.tensor(value) for name, value in params.items()}
    tensors_back = ranges.denormalize_scalars(ranges.normalize_scalars(tensors))
    for name, values in params.items():
        np.testing.assert_allclose(back[name], values, rtol=1e-12, atol=1e-10)
        assert isinstance(tensors_back[name], torch.Tensor)
        np.testing.assert_allclose(tensors_back[name].numpy(), values, rtol=1e-12, atol=1e-10)
        one = ranges.normalize_scalars({k: float(v[0]) for k, v in params.items()})[name]
        assert isinstance(one, float)


def test_clamp_scalars_keeps_what_is_legal():
    params = ranges.neutral_params() | {"Tint": -200.0, "Exposure2012": 1.25}
    legal = ranges.clamp_scalars(params)
    assert legal["Tint"] == -150.0
    assert legal["Exposure2012"] == 1.25
    assert set(legal) == set(ranges.SLIDER_NAMES)


class TestToneCurve:
    def test_legal_curve_stays(self):
        curve = np.linspace(0, 1, 16) ** 2
        np.testing.assert_array_equal(ranges.normalize_tone_curve(curve), curve)

    def test_falling_parts_are_raised_and_ends_stretched(self):
        curve = ranges.normalize_tone_curve([0.1, 0.5, 0.3, 0.9], 4)
        np.testing.assert_allclose(curve, [0.0, 0.5, 0.5, 1.0])

    def test_resampled_linearly(self):
        np.testing.assert_allclose(
            ranges.normalize_tone_curve([0.0, 0.25, 1.0], 5), [0, 0.125, 0.25, 0.625, 1]
        )

    def test_flat_curve_becomes_the_identity(self):
        np.testing.assert_allclose(
            ranges.normalize_tone_curve([0.4, 0.4, 0.4], 4), np.linspace(0, 1, 4)
        )

    @pytest.mark.parametrize("bad", [[], [1.0], [[0.0, 1.0]], [0.0, np.nan], [0.0, np.inf]])
    def test_refused(self, bad):
        with pytest.raises(ValueError, match="at least two finite numbers"):
            ranges.normalize_tone_curve(bad)
