"""Each step of process 1 against reference_process_1.py, and what a fit relies on."""

from collections.abc import Callable

import numpy as np
import pytest
import reference_process_1 as spec
import torch
from tolerances import CURVE_TABLE, FLOAT32, FLOAT64, IDENTITY
from torch import Tensor

from model.edit import process_1

CURVE = np.array([0.0, 0.02, 0.05, 0.11, 0.2, 0.24, 0.4, 0.61, 0.7, 0.71, 0.86, 1.0])


def pixels(seed: int = 0, count: int = 600, high: float = 1.0) -> np.ndarray:
    """N x 3 colours: random ones, greys, and all corners of the cube."""
    random = np.random.default_rng(seed).random((count, 3)) * high
    greys = np.repeat(np.linspace(0.0, 1.0, 41)[:, None], 3, axis=1)
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1]), float).reshape(3, -1).T
    return np.concatenate([random, greys, corners])


def image(rows: np.ndarray, dtype: torch.dtype = torch.float64) -> Tensor:
    """N x 3 -> 1x3xNx1."""
    return torch.from_numpy(rows.T.copy()).to(dtype)[None, :, :, None]


def rows(picture: Tensor) -> np.ndarray:
    return picture[0, :, :, 0].T.detach().double().numpy()


def t(*values: float, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
    return tuple(torch.tensor([value], dtype=dtype) for value in values)


# name, our function, the specification's, slider values to try, neutral values
STEPS: list[tuple[str, Callable, Callable, list[tuple[float, ...]], tuple[float, ...]]] = [
    (
        "white balance",
        process_1.white_balance,
        spec.white_balance,
        [(2000, -150), (50000, 150), (8000, 0), (6500, 40)],
        (6500, 0),
    ),
    ("exposure", process_1.exposure, spec.exposure, [(-5,), (5,), (0.3,)], (0,)),
    ("contrast", process_1.contrast, spec.contrast, [(-100,), (-49,), (30,), (100,)], (0,)),
    (
        "regions",
        process_1.regions,
        spec.regions,
        [
            (100, 0, 0, 0),
            (0, -100, 0, 0),
            (0, 0, 100, 0),
            (0, 0, 0, -100),
            (-80, 60, 30, 90),
            (100, 100, 100, 100),
            (-100, -100, -100, -100),
        ],
        (0, 0, 0, 0),
    ),
    (
        "vibrance and saturation",
        process_1.vibrance_saturation,
        spec.vibrance_saturation,
        [(100, 0), (-100, 0), (0, 100), (0, -100), (40, -30), (100, 100)],
        (0, 0),
    ),
]
IDS = [step[0] for step in STEPS]


@pytest.mark.parametrize(("ours", "theirs", "values"), [s[1:4] for s in STEPS], ids=IDS)
def test_formulas(ours: Callable, theirs: Callable, values: list[tuple[float, ...]]) -> None:
    x = pixels(high=1.4 if theirs in (spec.contrast, spec.exposure) else 1.0)
    for amounts in values:
        expected = theirs(x, *amounts)
        assert np.abs(rows(ours(image(x), *t(*amounts))) - expected).max() < FLOAT64
        single = ours(image(x, torch.float32), *t(*amounts, dtype=torch.float32))
        assert single.dtype == torch.float32
        assert np.abs(rows(single) - expected).max() < FLOAT32 * max(1.0, expected.max())


@pytest.mark.parametrize(("ours", "neutral"), [(s[1], s[4]) for s in STEPS], ids=IDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_identity_at_neutral(
    ours: Callable, neutral: tuple[float, ...], dtype: torch.dtype
) -> None:
    x = image(pixels(1), dtype)
    assert (ours(x, *t(*neutral, dtype=dtype)) - x).abs().max() < IDENTITY


def test_region_masks() -> None:
    x = pixels(2)
    found = process_1.region_masks(process_1._weighted(image(x), process_1.LUMA_WEIGHTS))
    assert np.abs(found[0, :, :, 0].T.numpy() - spec.masks(x)).max() < FLOAT64
    means = process_1.region_mask_means(image(x))
    assert np.abs(means[0].numpy() - spec.masks(x).mean(axis=0)).max() < FLOAT64
    # The middle of each mask lies at its centre, and they point the right way.
    for k, (centre, bright) in enumerate(((0.6, True), (0.4, False), (0.9, True), (0.1, False))):
        grey = np.full((3, 3), centre) + np.array([[-0.1], [0.0], [0.1]])
        below, middle, above = spec.masks(grey)[:, k]
        assert middle == pytest.approx(0.5)
        assert (below < middle < above) == bright


def test_centred_masks() -> None:
    x, means = pixels(3), np.array([0.2, 0.3, 0.1, 0.4])
    expected = spec.regions(x, 50, -40, 30, 60, means)
    found = process_1.regions(image(x), *t(50, -40, 30, 60), torch.tensor(means)[None])
    assert np.abs(rows(found) - expected).max() < FLOAT64


@pytest.mark.parametrize("knots", [CURVE, np.array([0.0, 1.0]), np.linspace(0, 1, 16) ** 2.2])
def test_tone_curve(knots: np.ndarray) -> None:
    x = pixels(4, high=1.3)
    found = rows(process_1.tone_curve(image(x), torch.tensor(knots)[None]))
    assert np.abs(found - spec.tone_curve(x, knots)).max() < FLOAT64
    steepest = np.diff(knots).max() * (len(knots) - 1)
    exact = np.interp(x, np.linspace(0, 1, len(knots)), knots)
    assert np.abs(found - exact).max() < CURVE_TABLE * steepest


def test_tone_curve_identity_and_ends() -> None:
    x = image(pixels(5), torch.float32)
    for knots in (2, 16, 33, 256):
        straight = torch.linspace(0, 1, knots)[None]
        assert (process_1.tone_curve(x, straight) - x).abs().max() < IDENTITY
    ends = torch.tensor([[0.1, 0.3, 0.8]])
    found = process_1.tone_curve(image(np.array([[-1.0, 0.0, 0.5], [1.0, 2.0, 1.0]])).float(), ends)
    assert rows(found).ravel() == pytest.approx([0.1, 0.1, 0.3, 0.8, 0.8, 0.8], abs=1e-3)


def value(op: Callable, colour: tuple[float, float, float], *amounts: float) -> np.ndarray:
    return rows(op(image(np.array([colour])), *t(*amounts)))[0]


def test_direction_and_size() -> None:
    """What a photographer sees when a slider is moved, with numbers worked out by hand."""
    grey = (0.5, 0.5, 0.5)
    warm, cool = (value(process_1.white_balance, grey, k, 0) for k in (9750, 3250))
    assert warm[0] / warm[2] == pytest.approx(np.exp(0.2))  # d = 0.5: e^0.1 over e^-0.1
    assert cool[2] / cool[0] == pytest.approx(np.exp(0.2))
    for kelvin, tint in ((2000, 100), (9750, 0), (50000, -150)):
        balanced = value(process_1.white_balance, grey, kelvin, tint)
        assert balanced @ [0.2126, 0.7152, 0.0722] == pytest.approx(0.5)  # brightness kept
    assert value(process_1.exposure, (0.3, 0.2, 0.1), 1.0) == pytest.approx([0.6, 0.4, 0.2])
    assert value(process_1.exposure, grey, 3.0) == pytest.approx([4.0] * 3)  # not clamped

    low, mid, high = (value(process_1.contrast, (v, v, v), 50)[0] for v in (0.25, 0.5, 0.75))
    assert mid == pytest.approx(0.5)
    assert high == pytest.approx(0.75 + 0.5 * (np.tanh(0.75) / np.tanh(3.0) - 0.25))
    assert low == pytest.approx(1.0 - high)

    for op_amounts, grey_value, change in (
        ((100, 0, 0, 0), 0.6, 0.075),
        ((0, 100, 0, 0), 0.4, 0.075),
        ((0, 0, -100, 0), 0.9, -0.1),
        ((0, 0, 0, 100), 0.1, 0.1),
        ((100, 0, 0, 0), 0.1, 0.15 * spec.logistic(np.array(-6.0))),
    ):
        found = value(process_1.regions, (grey_value,) * 3, *op_amounts)
        assert found == pytest.approx([grey_value + change] * 3, abs=1e-6)
    # Regions keep the channels' ratios.
    lifted = value(process_1.regions, (0.4, 0.2, 0.1), 0, 80, 0, 0)
    assert lifted / lifted[2] == pytest.approx([4, 2, 1])

    colour = (0.5, 0.4, 0.3)
    assert value(process_1.vibrance_saturation, colour, 0, -100) == pytest.approx(
        [0.299 * 0.5 + 0.587 * 0.4 + 0.114 * 0.3] * 3
    )
    more = value(process_1.vibrance_saturation, colour, 0, 50)
    assert more[0] - more[2] == pytest.approx(1.5 * 0.2)
    pale, vivid = (0.5, 0.49, 0.48), (0.8, 0.3, 0.1)
    gain_pale, gain_vivid = (
        np.ptp(value(process_1.vibrance_saturation, c, 100, 0)) / np.ptp(c) for c in (pale, vivid)
    )
    assert 1.5 < gain_pale < 1.6
    assert 1.0 < gain_vivid < 1.3


def test_contrast_is_monotone_from_minus_49_up() -> None:
    x = torch.linspace(0, 1, 2001, dtype=torch.float64)[None, None, :, None].expand(1, 3, -1, 1)
    for amount in (-49, -40, -10, 20, 60, 100):
        assert process_1.contrast(x, *t(amount)).diff(dim=2).min() >= 0
    # Below it the midtones fold over, as the specification says.
    assert process_1.contrast(x, *t(-55)).diff(dim=2).min() < 0


GRADIENT_STEPS: list[tuple[str, Callable, tuple[float, ...]]] = [
    ("white balance", process_1.white_balance, (7100.0, -20.0)),
    ("exposure", process_1.exposure, (0.7,)),
    ("contrast", process_1.contrast, (35.0,)),
    ("regions", process_1.regions, (30.0, -45.0, 20.0, -15.0)),
    ("vibrance and saturation", process_1.vibrance_saturation, (40.0, -25.0)),
]


@pytest.mark.parametrize(
    ("op", "amounts"), [s[1:] for s in GRADIENT_STEPS], ids=[s[0] for s in GRADIENT_STEPS]
)
def test_gradients_are_the_derivatives(op: Callable, amounts: tuple[float, ...]) -> None:
    """To picture and sliders alike, by finite differences in float64, away from the clamps."""
    x = (image(pixels(6, 8)[:8]) * 0.5 + 0.15).requires_grad_()
    # In units of 100, or a step of 1e-6 kelvin would vanish in the rounding.
    sliders = [torch.tensor([a / 100], dtype=torch.float64, requires_grad=True) for a in amounts]
    assert torch.autograd.gradcheck(lambda x, *s: op(x, *(v * 100 for v in s)), (x, *sliders))


def test_gradient_of_the_masks_and_the_curve() -> None:
    x = (image(pixels(7, 8)[:8]) * 0.5 + 0.15).requires_grad_()
    amounts = [torch.tensor([a], dtype=torch.float64) for a in (30.0, -45.0, 20.0, -15.0)]
    means = torch.tensor([[0.2, 0.3, 0.1, 0.4]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, m: process_1.regions(x, *amounts, m), (x, means))
    assert torch.autograd.gradcheck(process_1.region_mask_means, (x,))
    knots = torch.tensor(CURVE)[None].requires_grad_()
    assert torch.autograd.gradcheck(process_1.tone_curve, (x, knots))


@pytest.mark.parametrize(("op", "neutral"), [(s[1], s[4]) for s in STEPS], ids=IDS)
def test_gradients_are_finite_everywhere(op: Callable, neutral: tuple[float, ...]) -> None:
    x = image(pixels(8), torch.float32).requires_grad_()
    for factor in (0.0, 1.0, -1.0):
        amounts = [
            torch.tensor([n + factor * (40000.0 if n else 100.0)]).requires_grad_() for n in neutral
        ]
        if op is process_1.exposure:
            amounts = [torch.tensor([5.0 * factor]).requires_grad_()]
        if op is process_1.white_balance:
            amounts[0] = torch.tensor([6500.0 + factor * 4500]).requires_grad_()
        for gradient in torch.autograd.grad(op(x, *amounts).sum(), [x, *amounts]):
            assert gradient.isfinite().all()


def test_curve_gradient_is_finite_at_the_ends() -> None:
    x = image(pixels(9), torch.float32).requires_grad_()
    knots = torch.linspace(0, 1, 16)[None].requires_grad_()
    for gradient in torch.autograd.grad(process_1.tone_curve(x, knots).sum(), [x, knots]):
        assert gradient.isfinite().all()
    # Every value counts for its two neighbouring knots: the weights add up to one a value.
    assert gradient.sum().item() == pytest.approx(x.numel(), rel=1e-5)


def test_sliders_at_neutral_have_a_gradient() -> None:
    """A fit that starts at neutral moves at once."""
    x = image(pixels(10, 50)[:50])
    for name, op, _, _, neutral in STEPS:
        amounts = [torch.tensor([float(n)]).double().requires_grad_() for n in neutral]
        gradients = torch.autograd.grad(op(x, *amounts).square().sum(), amounts)
        assert all(g.abs().item() > 0 for g in gradients), name
