"""The linearised ΔE00 against scikit-image's."""

import numpy as np
import torch

from imaging.metrics import delta_e00, prophoto_to_lab
from model.edit.arrays import Array
from model.solve.perceptual import delta_e_basis, to_lab


def test_lab_equals_the_metrics() -> None:
    pixels = np.random.default_rng(0).random((5, 7, 3), dtype=np.float32)
    lab = to_lab(torch.from_numpy(pixels).permute(2, 0, 1)[None])
    assert np.allclose(lab[0].permute(1, 2, 0).numpy(), prophoto_to_lab(pixels), atol=1e-4)


def test_arrays_give_what_tensors_do() -> None:
    pixels = np.random.default_rng(0).random((2, 3, 40), dtype=np.float32)
    lab = to_lab(torch.from_numpy(pixels))
    own = to_lab(pixels.view(Array))
    assert np.allclose(own, lab.numpy(), atol=1e-4)
    assert np.allclose(delta_e_basis(own), delta_e_basis(lab).numpy(), atol=1e-5)


def test_small_differences_have_the_length_of_delta_e00() -> None:
    rng = np.random.default_rng(1)
    a = rng.uniform(0.05, 0.6, (1, 400, 3)).astype(np.float32)
    b = (a * rng.uniform(0.985, 1.015, a.shape)).astype(np.float32)
    lab = to_lab(torch.from_numpy(a[0].T.copy())[None])
    other = to_lab(torch.from_numpy(b[0].T.copy())[None])
    basis = delta_e_basis(lab)
    length = torch.einsum("bnij,bjn->bin", basis, other - lab).norm(dim=1)[0].numpy()
    wanted = delta_e00(b, a)[0]
    # The rotation term, which only blues have, is left out: the middle is what counts.
    assert np.median(np.abs(length - wanted) / wanted) < 0.02
    assert np.corrcoef(length, wanted)[0, 1] > 0.98


def test_derivative_is_finite_at_black() -> None:
    pixels = torch.zeros(1, 3, 4, requires_grad=True)
    to_lab(pixels).sum().backward()
    assert pixels.grad is not None
    assert torch.isfinite(pixels.grad).all()
