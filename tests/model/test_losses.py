import pytest
import torch

from imaging.color import srgb_encode
from model.losses import HybridLoss, parameter_loss, picture_loss
from params.ranges import SLIDER_NAMES, neutral_params, normalize_scalars


def params(batch: int = 2, **changed: float) -> dict[str, torch.Tensor]:
    neutral = neutral_params()
    norm = normalize_scalars(neutral) | changed
    tensors = {name: torch.full((batch,), norm[name]) for name in SLIDER_NAMES}
    return tensors | {"ToneCurve": torch.linspace(0, 1, 16).repeat(batch, 1)}


def test_parameter_loss_counts_each_slider_and_the_curve_once() -> None:
    wanted = params()
    assert parameter_loss(wanted, wanted) == 0
    off = params(Exposure2012=0.22)
    assert parameter_loss(off, wanted) == pytest.approx(0.22 / 11)
    bent = {**wanted, "ToneCurve": wanted["ToneCurve"] + 0.11}
    assert parameter_loss(bent, wanted) == pytest.approx(2 * 0.11 / 11)


def test_picture_loss_is_the_mean_difference_of_srgb_encoded_values() -> None:
    rendered, target = torch.rand(2, 2, 3, 5, 7).unbind()
    valid = torch.ones(2, 1, 5, 7)
    expected = (srgb_encode(rendered) - srgb_encode(target)).abs().mean()
    assert picture_loss(rendered, target, valid) == pytest.approx(float(expected))


def test_padding_never_counts() -> None:
    rendered = torch.rand(2, 3, 6, 6, requires_grad=True)
    target = torch.rand(2, 3, 6, 6)
    valid = torch.zeros(2, 1, 6, 6)
    valid[0, :, :4, :] = 1
    valid[1, :, :, :3] = 1
    loss = picture_loss(rendered, target, valid)
    loss.backward()
    assert not (rendered.grad * (1 - valid)).any()
    first = (srgb_encode(rendered) - srgb_encode(target)).abs().detach()
    expected = (first[0, :, :4].mean() + first[1, :, :, :3].mean()) / 2
    assert loss.item() == pytest.approx(float(expected))
    worse = torch.where(valid > 0, target, 1 - target)
    assert picture_loss(rendered, worse, valid) == loss


def test_pictures_without_a_pair_do_not_count() -> None:
    rendered, target = torch.rand(2, 2, 3, 4, 4).unbind()
    valid = torch.ones(2, 1, 4, 4)
    valid[1] = 0
    both = picture_loss(rendered, target, valid)
    assert both == pytest.approx(float(picture_loss(rendered[:1], target[:1], valid[:1])))
    assert picture_loss(rendered, target, torch.zeros(2, 1, 4, 4)) == 0


@pytest.mark.parametrize("masks", ["plain", "centred"])
def test_hybrid_loss_mixes_both_parts(masks: str) -> None:
    wanted = params(Exposure2012=0.1, Shadows2012=0.5)
    predicted = params()
    loss = HybridLoss(0.3, masks=masks)
    raw = torch.zeros(2, 3, 8, 8)
    raw[:, :, :6] = torch.rand(2, 3, 6, 8)
    valid = torch.zeros(2, 1, 8, 8)
    valid[:, :, :6] = 1
    cropped = raw[:, :, :6]
    from params.ranges import denormalize_scalars

    edit = denormalize_scalars(wanted) | {"ToneCurve": wanted["ToneCurve"]}
    target = torch.rand(2, 3, 8, 8)  # padding holds anything
    target[:, :, :6] = loss.edit_layer(cropped, edit)
    batch = {"params": wanted, "raw": raw, "target": target, "valid": valid}
    total, parts = loss(predicted, batch)
    assert parts["image"] > 0.01
    assert float(total) == pytest.approx(0.7 * parts["params"] + 0.3 * parts["image"])
    _, right = loss(wanted, batch)
    assert right["params"] == 0
    # Right parameters give the target, also where masks are centred and the picture is padded.
    assert right["image"] < 1e-5


def test_without_pairs_only_parameters_count() -> None:
    wanted, predicted = params(Tint=0.4), params()
    total, parts = HybridLoss(0.7)(predicted, {"params": wanted})
    assert set(parts) == {"loss", "params"}
    assert float(total) == pytest.approx(0.4 / 11)


def test_gradient_points_to_the_right_exposure() -> None:
    predicted = {k: v.requires_grad_() for k, v in params(1).items()}
    raw = torch.full((1, 3, 4, 4), 0.2)
    batch = {
        "params": params(1), "raw": raw, "target": raw * 1.5, "valid": torch.ones(1, 1, 4, 4),
    }  # fmt: skip
    loss, _ = HybridLoss(1.0)(predicted, batch)
    loss.backward()
    assert predicted["Exposure2012"].grad < 0


def test_weight_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        HybridLoss(1.5)


def test_process_2_renders_each_picture_without_its_padding() -> None:
    """The edit looks at the whole picture: padding must not change what it sees."""
    from dataset.simulate import COLOR_MATRIX, NEUTRAL
    from imaging.camera import Shot
    from model.edit_layer import DifferentiableEditLayer
    from params.camera_color import CameraColor
    from params.ranges import denormalize_scalars

    shots = [Shot(CameraColor(color_matrix_1=COLOR_MATRIX), NEUTRAL), None]
    torch.manual_seed(0)
    raw, valid = torch.zeros(2, 3, 12, 10), torch.zeros(2, 1, 12, 10)
    sizes = ((12, 7), (9, 10))
    for i, (height, width) in enumerate(sizes):
        raw[i, :, :height, :width] = torch.rand(3, height, width) ** 2
        valid[i, :, :height, :width] = 1
    predicted = {
        name: value.clone().requires_grad_()
        for name, value in params(Shadows2012=0.4, Tint=0.1).items()
    }
    batch = {"params": params(), "raw": raw, "target": raw, "valid": valid, "shots": shots}
    loss, parts = HybridLoss(1.0, process=2)(predicted, batch)
    edit = denormalize_scalars(predicted) | {"ToneCurve": predicted["ToneCurve"]}
    layer, errors = DifferentiableEditLayer(2), []
    for i, (height, width) in enumerate(sizes):
        own = {name: value[i : i + 1] for name, value in edit.items()}
        image = raw[i : i + 1, :, :height, :width]
        rendered = layer(image, own, layer.look_at(image, own, [shots[i]]))
        errors.append((srgb_encode(rendered) - srgb_encode(image)).abs().mean())
    assert float(loss) == pytest.approx(float(sum(e.item() for e in errors)) / 2, rel=1e-5)
    assert parts["image"] == pytest.approx(float(loss))
    loss.backward()
    for name in ("Temperature", "Tint", "Shadows2012", "ToneCurve", "Blacks2012", "Vibrance"):
        assert predicted[name].grad.abs().max() > 0
        assert torch.isfinite(predicted[name].grad).all()
