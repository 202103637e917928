import numpy as np
import pytest
import torch

from imaging.camera import Shot
from imaging.metrics import delta_e00
from model.edit_layer import DifferentiableEditLayer
from model.losses import (
    CURVE_UNIT,
    PICTURE_UNIT,
    HybridLoss,
    parameter_loss,
    picture_loss,
    spread_of,
)
from model.solve.unknowns import MIRED_UNIT, UNITS
from params.camera_color import CameraColor
from params.ranges import SLIDER_NAMES, denormalize_scalars, neutral_params, normalize_scalars

ONES = torch.ones(11)


def params(batch: int = 2, **changed: float) -> dict[str, torch.Tensor]:
    """Neutral but for sliders in Camera Raw's units."""
    norm = normalize_scalars(neutral_params() | changed)
    tensors = {name: torch.full((batch,), norm[name]) for name in SLIDER_NAMES}
    return tensors | {"ToneCurve": torch.linspace(0, 1, 16).repeat(batch, 1)}


def mean(losses: dict[str, tuple[torch.Tensor, torch.Tensor]], name: str = "loss") -> float:
    values, counts = losses[name]
    return float((values * counts).sum() / counts.sum())


def edit(norm: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return denormalize_scalars(norm) | {"ToneCurve": norm["ToneCurve"]}


def test_parameter_loss_counts_each_slider_and_the_curve_once() -> None:
    wanted = params()
    assert not parameter_loss(wanted, wanted, ONES).any()
    off = params(Contrast2012=22.0)
    assert parameter_loss(off, wanted, ONES).tolist() == pytest.approx([22 / 11] * 2)
    bent = {**wanted, "ToneCurve": wanted["ToneCurve"] + 0.11}
    assert parameter_loss(bent, wanted, ONES)[0] == pytest.approx(0.11 / 11)


def test_kelvin_counts_in_mired() -> None:
    """300 K are a large step at 2500 K and a small one at 9000 K."""
    for low, high in ((2500.0, 2800.0), (9000.0, 9300.0)):
        error = parameter_loss(params(Temperature=low), params(Temperature=high), ONES)
        assert error[0] == pytest.approx((1e6 / low - 1e6 / high) / 11, rel=1e-3)


def test_sliders_count_in_their_spread() -> None:
    edits = params(4)
    edits["Shadows2012"] = torch.tensor([-0.1, 0.1, 0.1, 0.5])
    kelvin = 1e6 / torch.tensor([100.0, 150.0, 150.0, 210.0])
    edits["Temperature"] = normalize_scalars({**neutral_params(), "Temperature": kelvin})[
        "Temperature"
    ]
    curve = torch.linspace(0, 1, 16)
    edits["ToneCurve"] = torch.stack([curve, curve, curve**2, curve**8])
    spread = spread_of(edits)
    assert spread["Shadows2012"] == pytest.approx(100 * (0.2 + 0.4) / 4)
    assert spread["Temperature"] == pytest.approx((50 + 60) / 4, rel=1e-4)
    apart = (curve - curve**2) + (curve - curve**8)
    assert spread["ToneCurve"] == pytest.approx(float(apart.mean()) / 4)
    # What never moves still has a scale: a quarter of a fit's unit.
    assert spread["Exposure2012"] == pytest.approx(0.25 * UNITS["Exposure2012"])
    loss = HybridLoss(spread=spread)
    assert loss.spread_by_name() == pytest.approx(spread)
    off = params(Shadows2012=15.0)
    assert mean(loss(off, {"params": params()})) == pytest.approx(1 / 11)
    default = HybridLoss().spread_by_name()
    assert default == pytest.approx(UNITS | {"Temperature": MIRED_UNIT, "ToneCurve": CURVE_UNIT})


def test_the_best_edit_for_all_is_one_spread_off() -> None:
    torch.manual_seed(3)
    edits = {name: torch.randn(201).mul(0.3).clamp(-0.9, 0.9) for name in SLIDER_NAMES}
    edits["Temperature"] = -0.85 + 0.1 * torch.rand(201)
    edits["ToneCurve"] = torch.linspace(0, 1, 16) ** (1 + 2 * torch.rand(201, 1))
    spread = spread_of(edits)
    median = {name: value.median(dim=0).values.expand_as(value) for name, value in edits.items()}
    errors = parameter_loss(median, edits, torch.tensor(list(spread.values())))
    assert float(errors.mean()) == pytest.approx(1.0, rel=1e-4)


def test_picture_loss_is_delta_e_for_small_differences() -> None:
    rng = np.random.default_rng(0)
    target = (0.05 + 0.6 * rng.random((40, 30, 1)) + 0.15 * rng.random((40, 30, 3))).astype("f4")
    rendered = target * np.array([1.03, 1.0, 0.98], np.float32)
    a, b = (torch.from_numpy(x).permute(2, 0, 1)[None] for x in (rendered, target))
    expected = delta_e00(rendered, target).mean()
    found = PICTURE_UNIT * float(picture_loss(a, b, torch.ones(1, 1, 40, 30)))
    assert found == pytest.approx(expected, rel=0.1)
    assert float(picture_loss(b, b, torch.ones(1, 1, 40, 30))) == 0.0


def test_padding_never_counts() -> None:
    rendered = torch.rand(2, 3, 6, 6, requires_grad=True)
    target = torch.rand(2, 3, 6, 6)
    valid = torch.zeros(2, 1, 6, 6)
    valid[0, :, :4, :] = 1
    valid[1, :, :, :3] = 1
    loss = picture_loss(rendered, target, valid)
    loss.sum().backward()
    assert not (rendered.grad * (1 - valid)).any()
    assert (rendered.grad * valid).any()
    for i, (high, wide) in enumerate(((4, 6), (6, 3))):
        own = rendered[i : i + 1, :, :high, :wide], target[i : i + 1, :, :high, :wide]
        alone = picture_loss(*own, torch.ones(1, 1, high, wide))
        assert loss[i].item() == pytest.approx(alone.item(), rel=1e-5)
    worse = torch.where(valid > 0, target, 1 - target)
    assert torch.equal(picture_loss(rendered, worse, valid), loss)


def test_pictures_without_a_pair_have_no_picture_part() -> None:
    raw = torch.rand(3, 3, 4, 4)
    valid = torch.ones(3, 1, 4, 4)
    valid[1] = 0
    batch = {"params": params(3), "raw": raw, "target": raw**1.3, "valid": valid}
    predicted = params(3, Shadows2012=11.0)
    losses = HybridLoss(0.6)(predicted, batch)
    values, counts = losses["image"]
    assert counts.tolist() == [1, 0, 1]
    by_params = losses["params"][0]
    mixed = 0.4 * by_params + 0.6 * values
    expected = torch.stack([mixed[0], by_params[1], mixed[2]])
    assert torch.allclose(losses["loss"][0], expected)
    # With the picture loss alone they teach nothing.
    only = HybridLoss(1.0)(predicted, batch)["loss"][0]
    assert torch.allclose(only, values * torch.tensor([1.0, 0.0, 1.0]))
    batch["counts"] = torch.tensor([1.0, 1.0, 0.0])
    counted = HybridLoss(0.6)(predicted, batch)
    assert counted["loss"][1].tolist() == [1, 1, 0]
    assert counted["image"][1].tolist() == [1, 0, 0]


@pytest.mark.parametrize(("process", "masks"), [(1, "plain"), (1, "centred"), (2, "plain")])
def test_hybrid_loss_mixes_both_parts(process: int, masks: str) -> None:
    wanted = params(Exposure2012=0.5, Shadows2012=50.0)
    predicted = params()
    loss = HybridLoss(0.3, process, masks)
    raw = torch.zeros(2, 3, 8, 8)
    raw[:, :, :6] = torch.rand(2, 3, 6, 8)
    valid = torch.zeros(2, 1, 8, 8)
    valid[:, :, :6] = 1
    target = torch.rand(2, 3, 8, 8)  # padding holds anything
    target[:, :, :6] = loss.edit_layer(raw[:, :, :6], edit(wanted))
    batch = {"params": wanted, "raw": raw, "target": target, "valid": valid}
    losses = loss(predicted, batch)
    image, parameters = mean(losses, "image"), mean(losses, "params")
    assert image > 0.1
    assert mean(losses) == pytest.approx(0.7 * parameters + 0.3 * image)
    right = loss(wanted, batch)
    assert mean(right, "params") == 0
    # Right parameters give the target, also where masks are centred and the picture is padded.
    assert mean(right, "image") < 1e-4


def test_without_pairs_only_parameters_count() -> None:
    losses = HybridLoss(0.7)(params(Tint=40.0), {"params": params()})
    assert mean(losses) == pytest.approx(40.0 / UNITS["Tint"] / 11)
    assert losses["image"][1].tolist() == [0, 0]


def test_gradient_points_to_the_right_exposure() -> None:
    predicted = {k: v.requires_grad_() for k, v in params(1).items()}
    raw = torch.full((1, 3, 4, 4), 0.2)
    batch = {
        "params": params(1),
        "raw": raw,
        "target": raw * 1.5,
        "valid": torch.ones(1, 1, 4, 4),
    }
    HybridLoss(1.0)(predicted, batch)["loss"][0].sum().backward()
    assert predicted["Exposure2012"].grad < 0


def test_weight_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        HybridLoss(1.5)


def test_process_2_renders_each_picture_without_its_padding() -> None:
    """The edit looks at the whole picture: neither padding nor a neighbour may change it."""
    from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL

    camera = Shot(CameraColor(color_matrix_1=COLOR_MATRIX), NEUTRAL)
    shots = [camera, None, None, camera]
    torch.manual_seed(0)
    raw, valid = torch.zeros(4, 3, 12, 10), torch.zeros(4, 1, 12, 10)
    sizes = ((12, 7), (9, 10), (12, 7), (9, 10))
    for i, (height, width) in enumerate(sizes):
        raw[i, :, :height, :width] = torch.rand(3, height, width) ** (1 + i)
        valid[i, :, :height, :width] = 1
    predicted = {
        name: value.clone().requires_grad_()
        for name, value in params(4, Shadows2012=40.0, Tint=15.0).items()
    }
    batch = {"params": params(4), "raw": raw, "target": raw, "valid": valid, "shots": shots}
    loss, _ = HybridLoss(1.0, process=2)(predicted, batch)["loss"]
    layer = DifferentiableEditLayer(2)
    for i, (height, width) in enumerate(sizes):
        own = {name: value[i : i + 1] for name, value in edit(predicted).items()}
        image = raw[i : i + 1, :, :height, :width]
        rendered = layer(image, own, layer.find_whole(image, own, [shots[i]]))
        alone = picture_loss(rendered, image, torch.ones(1, 1, height, width))
        assert loss[i].item() == pytest.approx(alone.item(), rel=1e-5)
    loss.sum().backward()
    for name in ("Temperature", "Tint", "Shadows2012", "ToneCurve", "Blacks2012", "Vibrance"):
        assert predicted[name].grad.abs().max() > 0
        assert torch.isfinite(predicted[name].grad).all()
