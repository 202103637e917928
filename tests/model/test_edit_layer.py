"""The edit layer: all steps in order, whole and in strips, in any float type."""

from typing import Any

import numpy as np
import pytest
import reference_process_1 as spec
import torch
from simulated import scene
from tolerances import FLOAT32, FLOAT64, IDENTITY
from torch import Tensor

from model import edit_layer
from model.edit import process_1
from model.edit_layer import DifferentiableEditLayer, params_to_tensors, render
from params.ranges import CURVE_NAME, SLIDERS, neutral_params

EDIT: dict[str, Any] = {
    "Temperature": 7400.0,
    "Tint": -12.0,
    "Exposure2012": 0.6,
    "Contrast2012": 22.0,
    "Highlights2012": -55.0,
    "Shadows2012": 45.0,
    "Whites2012": 18.0,
    "Blacks2012": -14.0,
    "Vibrance": 35.0,
    "Saturation": -10.0,
    "ToneCurve": [0.0, 0.03, 0.09, 0.17, 0.3, 0.48, 0.65, 0.8, 0.92, 1.0],
}


def double(params: dict[str, Any]) -> dict[str, Tensor]:
    return {k: torch.tensor(np.asarray(v))[None].double() for k, v in params.items()}


def expected(picture: np.ndarray, params: dict[str, Any], centred: bool = False) -> np.ndarray:
    rows = picture.reshape(-1, 3).astype(np.float64)
    means = spec.masks(spec.region_input(rows, params)).mean(axis=0) if centred else None
    return spec.process_1(rows, params, np.array(params["ToneCurve"]), means).reshape(picture.shape)


@pytest.mark.parametrize("masks", ["plain", "centred"])
def test_all_steps_in_order(masks: str) -> None:
    picture = scene(0, 40, 60)
    wanted = expected(picture, EDIT, masks == "centred")
    layer = DifferentiableEditLayer(masks=masks)
    x = torch.from_numpy(picture).permute(2, 0, 1)[None]
    single = layer(x, params_to_tensors(EDIT))[0].permute(1, 2, 0).numpy()
    assert single.dtype == np.float32
    assert np.abs(single - wanted).max() < 10 * FLOAT32
    whole = layer(x.double(), double(EDIT))[0].permute(1, 2, 0).numpy()
    assert whole.dtype == np.float64
    assert np.abs(whole - wanted).max() < 10 * FLOAT64
    assert np.abs(wanted - picture).mean() > 0.02  # the edit is one that can be seen


def test_the_module_is_its_functions() -> None:
    x = torch.rand(2, 3, 9, 7)
    p = {
        name: value.repeat(2, *[1] * (value.ndim - 1))
        for name, value in params_to_tensors(EDIT).items()
    }
    y = process_1.white_balance(x, p["Temperature"], p["Tint"])
    y = process_1.contrast(process_1.exposure(y, p["Exposure2012"]), p["Contrast2012"])
    amounts = [p[f"{name}2012"] for name in ("Highlights", "Shadows", "Whites", "Blacks")]
    means = process_1.region_mask_means(y)
    for masks, given in (("plain", None), ("centred", means)):
        z = process_1.tone_curve(process_1.regions(y, *amounts, given), p["ToneCurve"])
        z = process_1.vibrance_saturation(z, p["Vibrance"], p["Saturation"])
        assert torch.equal(DifferentiableEditLayer(masks=masks)(x, p), z)


@pytest.mark.parametrize("knots", [2, 16, 64])
@pytest.mark.parametrize("masks", ["plain", "centred"])
def test_neutral_is_the_identity(knots: int, masks: str) -> None:
    random = np.random.default_rng(0).random((50, 40, 3), np.float32)
    random[0, :8] = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    out = render(random, neutral_params(knots), masks=masks)
    assert np.abs(out - random).max() < IDENTITY


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda s: s.name)
def test_every_slider_changes_the_picture(slider: Any) -> None:
    picture = scene(1, 30, 40)
    picture *= 0.95 / picture.max()
    neutral = render(picture, neutral_params())
    for end in (slider.low, slider.high):
        out = render(picture, neutral_params() | {slider.name: end})
        assert np.isfinite(out).all()
        assert out.min() >= 0.0
        assert out.max() <= 1.0
        assert np.abs(out - neutral).max() > 0.01


@pytest.mark.parametrize("masks", ["plain", "centred"])
@pytest.mark.parametrize("strip", [1, 61, 60 * 7, 60 * 40])
def test_strips_are_equal_to_the_whole(
    masks: str, strip: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = scene(2, 40, 60)
    whole = render(picture, EDIT, masks=masks)
    monkeypatch.setattr(edit_layer, "STRIP_PIXELS", strip)
    np.testing.assert_allclose(render(picture, EDIT, masks=masks), whole, atol=IDENTITY, rtol=0)


def test_centred_means_come_from_the_whole_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bright above, dark below: a strip that took its own means would show it."""
    picture = scene(3, 80, 60) * np.linspace(1.0, 0.1, 80, dtype=np.float32)[:, None, None]
    monkeypatch.setattr(edit_layer, "STRIP_PIXELS", 60 * 5)
    out = render(picture, EDIT, masks="centred")
    assert np.abs(out - expected(picture, EDIT, centred=True)).max() < 10 * FLOAT32
    assert np.abs(out - expected(picture, EDIT)).max() > 0.01
    # At twice the proxy's size the means, and so the picture, are nearly the same.
    monkeypatch.setattr(edit_layer, "PROXY_LONG_SIDE", 40)
    smaller = render(picture, EDIT, masks="centred")
    assert np.abs(smaller - out).max() < 0.003


def test_rendering_in_place() -> None:
    picture = scene(4, 40, 60)
    for masks in ("plain", "centred"):
        wanted, own = render(picture, EDIT, masks=masks), picture.copy()
        assert render(own, EDIT, masks=masks, out=own) is own
        np.testing.assert_array_equal(own, wanted)


def test_the_source_is_left_alone() -> None:
    picture = scene(5, 20, 30)
    before = picture.copy()
    render(picture, EDIT)
    np.testing.assert_array_equal(picture, before)
    render(picture[::2, ::-1], EDIT)  # views that are not contiguous
    render(np.flip(picture, 0), EDIT)


def test_pictures_of_a_batch_do_not_meet() -> None:
    torch.manual_seed(0)
    x = torch.rand(3, 3, 12, 10)
    edits = [EDIT, neutral_params(10), EDIT | {"Exposure2012": -1.5, "Temperature": 4000.0}]
    each = [params_to_tensors(edit) for edit in edits]
    together = {name: torch.cat([p[name] for p in each]) for name in each[0]}
    for masks in ("plain", "centred"):
        layer = DifferentiableEditLayer(masks=masks)
        batch = layer(x, together)
        for i in range(3):
            alone = layer(x[i : i + 1], each[i])
            assert (batch[i : i + 1] - alone).abs().max() < IDENTITY


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_always_float32(dtype: torch.dtype) -> None:
    x = torch.rand(1, 3, 16, 16).to(dtype)
    params = params_to_tensors(EDIT)
    wanted = DifferentiableEditLayer()(x.float(), params)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        low = {name: value.to(dtype) for name, value in params.items()}
        rough = DifferentiableEditLayer()(x, low)
        found = DifferentiableEditLayer()(x, params)
    assert found.dtype == rough.dtype == torch.float32
    assert torch.equal(found, wanted)
    assert (rough - wanted).abs().max() < 0.05  # the sliders' own rounding only


@pytest.mark.parametrize("masks", ["plain", "centred"])
def test_gradients_are_the_derivatives(masks: str) -> None:
    """Of the whole layer to picture, sliders and curve, by finite differences in float64."""
    layer = DifferentiableEditLayer(masks=masks)
    names = [slider.name for slider in SLIDERS]
    picture = torch.from_numpy(scene(6, 8, 12)[::4, ::3]).double().permute(2, 0, 1)[None]
    x = (picture * 0.5 + 0.1).requires_grad_()
    units = {s.name: (s.high - s.low) / 2 for s in SLIDERS}
    sliders = [
        torch.tensor([EDIT[n] / units[n]], dtype=torch.float64, requires_grad=True) for n in names
    ]
    curve = torch.tensor([EDIT["ToneCurve"]], dtype=torch.float64, requires_grad=True)

    def run(x: Tensor, curve: Tensor, *sliders: Tensor) -> Tensor:
        params = {n: v * units[n] for n, v in zip(names, sliders, strict=True)}
        return layer(x, params | {CURVE_NAME: curve})

    assert torch.autograd.gradcheck(run, (x, curve, *sliders), atol=1e-5)


def test_gradients_are_finite_at_black_white_and_corners() -> None:
    corners = torch.tensor([[a, b, c] for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)])
    x = corners.T[None, :, :, None].clone().requires_grad_()
    for edit in (EDIT, neutral_params(), {s.name: s.low for s in SLIDERS} | {"ToneCurve": [0, 1]}):
        params = {n: v.requires_grad_() for n, v in params_to_tensors(edit).items()}
        out = DifferentiableEditLayer()(x, params)
        for gradient in torch.autograd.grad(out.sum(), [x, *params.values()]):
            assert gradient.isfinite().all()


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="process 7"):
        DifferentiableEditLayer(process=7)
    with pytest.raises(ValueError, match="round"):
        DifferentiableEditLayer(masks="round")
