import numpy as np
import pytest
import torch

from model.heads import SlidersHead, ToneCurveHead, latent_curve, latent_start


def erf_gelu(x: np.ndarray) -> np.ndarray:
    import math

    return 0.5 * x * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def by_formula(head: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    """The linear layers of a head in NumPy, up to the last one's output."""
    weights = {k: v.double().numpy() for k, v in head.state_dict().items()}
    for layer in ("mlp.0", "mlp.2"):
        x = erf_gelu(x @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"])
    return x @ weights["proj.weight"].T + weights["proj.bias"]


def test_sliders_head_is_its_formula() -> None:
    head = SlidersHead(24)
    x = torch.randn(5, 24, generator=torch.Generator().manual_seed(1)) * 4
    expected = np.tanh(by_formula(head, x.double().numpy()))
    assert np.allclose(head(x).detach().numpy(), expected, atol=1e-6)
    assert expected.shape == (5, 10)


@pytest.mark.parametrize("knots", [2, 16, 33])
def test_tone_curve_head_is_its_formula(knots: int) -> None:
    head = ToneCurveHead(24, knots)
    torch.nn.init.normal_(head.proj.bias, std=5.0)
    x = torch.randn(5, 24, generator=torch.Generator().manual_seed(2)) * 4
    raw = by_formula(head, x.double().numpy())
    curve = np.cumsum(np.log1p(np.exp(raw)) + 1e-4, axis=1)
    curve = (curve - curve[:, :1]) / (curve[:, -1:] - curve[:, :1])
    found = head(x).detach()
    assert np.allclose(found.numpy(), curve, atol=1e-5)
    assert (found[:, 0] == 0).all()
    assert (found[:, -1] == 1).all()
    assert (found.diff(dim=1) > 0).all()


def test_curve_keeps_single_precision_under_autocast() -> None:
    head = ToneCurveHead(8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        curve = head(torch.randn(2, 8))
    assert curve.dtype == torch.float32
    assert (curve[:, -1] == 1).all()


def test_one_knot_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        ToneCurveHead(8, 1)


def test_no_difference_is_the_start() -> None:
    head = SlidersHead(24, "linear")
    torch.nn.init.zeros_(head.proj.weight)
    torch.nn.init.zeros_(head.proj.bias)
    start = torch.linspace(-0.996, 0.996, 50).reshape(5, 10)
    assert torch.allclose(head(torch.randn(5, 24), latent_start(start)), start, atol=1e-5)
    # Beyond what a slider shows as its end a start is taken as that.
    ends = torch.tensor([[-1.0, 1.0] * 5])
    assert torch.allclose(head(torch.zeros(1, 24), latent_start(ends)), ends * 0.996, atol=1e-5)


def test_differences_have_gradients_everywhere() -> None:
    head = SlidersHead(3, "linear").double()
    start = torch.tensor([[-1.0, -0.9, -0.5, 0.0, 0.1, 0.3, 0.5, 0.8, 0.95, 1.0]]).double()
    features = torch.randn(1, 3, dtype=torch.float64, requires_grad=True)

    def of_head(x: torch.Tensor) -> torch.Tensor:
        raw = head.proj(x)
        return (raw + latent_start(start).double()).tanh()

    assert torch.autograd.gradcheck(of_head, (features,))
    head(features, latent_start(start)).sum().backward()
    assert (features.grad != 0.0).all()
    assert (head.proj.bias.grad.abs() > 1e-4).all()


def test_a_fresh_head_begins_with_the_mean_difference() -> None:
    head = SlidersHead(24)
    starts = torch.linspace(-0.6, 0.6, 40).reshape(4, 10)
    wanted = torch.full((10,), 0.25)
    with torch.no_grad():
        head.start_at(wanted, latent_start(starts))
        found = head.proj.bias + latent_start(starts).mean(dim=0)
    assert torch.allclose(found.tanh(), wanted, atol=1e-6)


def test_a_curve_comes_back_from_what_softplus_gets() -> None:
    curve = torch.linspace(0.0, 1.0, 16) ** 1.7
    head = ToneCurveHead(24, kind="linear")
    torch.nn.init.zeros_(head.proj.weight)
    with torch.no_grad():
        head.proj.bias.copy_(latent_curve(curve))
    assert torch.allclose(head(torch.zeros(1, 24))[0], curve, atol=2e-3)
