import numpy as np
import pytest
import torch

from model.heads import SlidersHead, ToneCurveHead


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
