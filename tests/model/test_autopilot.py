import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model.autopilot import AutoPilotRegressor
from model.config import AutoPilotConfig, BackboneConfig
from model.metadata_encoder import MetadataEncoder, camera_bucket, metadata_batch
from model.preprocess import preview_to_tensor
from params.ranges import SLIDER_NAMES

KEYS = json.loads((Path(__file__).parents[1] / "data" / "published_keys.json").read_text())
TINY = BackboneConfig("test_vit", image_size=32)


def test_keys_and_shapes_are_those_of_the_published_model() -> None:
    with torch.device("meta"):
        model = AutoPilotRegressor()
    assert {k: list(v.shape) for k, v in model.state_dict().items()} == KEYS["model"]


def test_output_is_named_in_slider_order() -> None:
    torch.manual_seed(0)
    model = AutoPilotRegressor(AutoPilotConfig(TINY, knots=9)).eval()
    image = torch.rand(3, 3, 32, 32)
    with torch.no_grad():
        params = model(image)["params_norm"]
        sliders = model.sliders_head(model.backbone(image))
    assert list(params) == [*SLIDER_NAMES, "ToneCurve"]
    for i, name in enumerate(SLIDER_NAMES):
        assert torch.equal(params[name], sliders[:, i])
    assert params["ToneCurve"].shape == (3, 9)


@pytest.mark.parametrize("fusion", ["film", "concat"])
def test_metadata_reaches_the_output(fusion: str) -> None:
    torch.manual_seed(0)
    model = AutoPilotRegressor(AutoPilotConfig(TINY, fusion=fusion)).eval()
    image = torch.rand(1, 3, 32, 32).repeat(2, 1, 1, 1)
    metadata = metadata_batch([{"iso": 100, "camera": "A"}, {"iso": 6400, "camera": "B"}])
    unknown = metadata_batch([{}, {}])
    if fusion == "film":  # starts as no change at all
        plain = model.sliders_head(model.backbone(image))[:, 2]
        assert torch.equal(model(image, metadata)["params_norm"]["Exposure2012"], plain)
        torch.nn.init.normal_(model.fusion.proj.weight)
    exposure = model(image, metadata)["params_norm"]["Exposure2012"]
    assert exposure[0] != exposure[1]
    nothing = model(image)["params_norm"]["Exposure2012"]
    assert torch.equal(nothing, model(image, unknown)["params_norm"]["Exposure2012"])
    assert nothing.isfinite().all()
    exposure.sum().backward()
    assert model.metadata_encoder.camera.weight.grad.abs().sum() > 0


def test_metadata_numbers_are_scaled_logs() -> None:
    batch = metadata_batch([{"iso": 1600, "shutter": 1 / 90, "aperture": 5.6}, {"iso": 0}])
    assert batch["iso"].isnan().tolist() == [False, True]
    encoder = MetadataEncoder(4)
    seen = []
    encoder.mlp[0].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    encoder(batch)
    assert seen[0][0, :6].tolist() == pytest.approx([0, 0, 0, 1, 1, 1], abs=1e-6)
    assert seen[0][1, :6].tolist() == [0, 0, 0, 0, 0, 0]
    encoder(metadata_batch([{"iso": 25600, "aperture": 22.4}]))
    assert seen[1][0, 0].item() == pytest.approx(1.0)
    assert seen[1][0, 2].item() == pytest.approx(1.0)


def test_camera_hash_is_stable() -> None:
    assert camera_bucket(" ILCE-7RM3 ") == camera_bucket("ilce-7rm3") == 234
    assert camera_bucket(None) == camera_bucket("  ") == 0
    assert 1 <= camera_bucket("x") <= 255


def test_unknown_fusion_is_refused() -> None:
    with pytest.raises(ValueError, match="fusion"):
        AutoPilotRegressor(AutoPilotConfig(TINY, fusion="sum"))


def test_preview_is_squashed_with_antialiasing() -> None:
    preview = np.zeros((64, 128, 3), np.uint8)
    preview[:, ::2] = 255  # finer than the output can show: must average, not alias
    image = preview_to_tensor(preview, 32)
    assert image.shape == (3, 32, 32)
    assert image[:, 4:-4, 4:-4].numpy() == pytest.approx(0.5, abs=0.02)
    assert image.min() >= 0
    assert image.max() <= 1


def test_preview_matches_pillows_bicubic() -> None:
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    expected = np.asarray(Image.fromarray(noise).resize((40, 40), Image.Resampling.BICUBIC))
    found = preview_to_tensor(noise, 40).permute(1, 2, 0).numpy() * 255
    assert np.abs(found - expected).max() < 1.01  # Pillow rounds twice


def test_float_preview_is_the_same_as_through_a_png() -> None:
    picture = np.random.default_rng(0).random((20, 30, 3), np.float32)
    as_stored = np.rint(picture * 255).astype(np.uint8)
    assert torch.equal(preview_to_tensor(picture, 16), preview_to_tensor(as_stored, 16))


def test_grey_preview_is_refused() -> None:
    with pytest.raises(ValueError, match="HxWx3"):
        preview_to_tensor(np.zeros((8, 8)), 16)
