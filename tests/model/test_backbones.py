import pytest
import torch

from model.backbones import ImageBackbone, import_timm
from model.config import BackboneConfig
from params.files import InputError


def backbone(name: str, size: int = 32, pooling: str = "auto") -> ImageBackbone:
    torch.manual_seed(0)
    return ImageBackbone(BackboneConfig(name, image_size=size, pooling=pooling)).eval()


def test_import_timm_twice() -> None:
    assert import_timm() is import_timm()


@pytest.mark.parametrize(
    ("name", "pooling", "reduce"),
    [
        ("test_vit", "token", lambda f: f[:, 0]),
        ("test_vit2", "mean", lambda f: f[:, 1:].mean(1)),  # one register, no class token
        ("test_resnet", "mean", lambda f: f.mean((2, 3))),
        ("test_convnext", "mean", lambda f: f.mean((2, 3))),
        ("test_mambaout", "mean", lambda f: f.mean((1, 2))),  # hierarchical, channels last
    ],
)
def test_pooling_is_chosen_from_what_the_encoder_gives(name, pooling, reduce) -> None:
    model = backbone(name)
    image = torch.rand(2, 3, 32, 32)
    assert model.pooling == pooling
    with torch.no_grad():
        pooled = model(image)
        assert torch.equal(pooled, reduce(model.encoder.forward_features(image)))
    assert pooled.shape == (2, model.features)
    assert all(key.startswith("encoder.") for key in model.state_dict())


def test_mean_can_be_asked_of_an_encoder_with_class_token() -> None:
    model = backbone("test_vit", pooling="mean")
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        expected = model.encoder.forward_features(image)[:, 1:].mean(1)
        assert torch.equal(model(image), expected)


def test_trying_out_leaves_no_trace() -> None:
    model = ImageBackbone(BackboneConfig("test_resnet", image_size=32))
    assert model.training
    means = [v for k, v in model.state_dict().items() if k.endswith("running_mean")]
    assert means
    assert all(not mean.any() for mean in means)


@pytest.mark.parametrize(
    ("name", "size", "pooling", "text"),
    [
        ("no_such_model", 32, "auto", "no such model"),
        ("hf-hub:someone/model", 32, "auto", "no such model"),
        ("local-dir:/tmp", 32, "auto", "no such model"),
        ("test_resnet", 32, "token", "no class token"),
        ("test_vit", 40, "auto", "does not work at 40 pixels"),
    ],
)
def test_clear_errors(name, size, pooling, text) -> None:
    with pytest.raises(InputError, match=text) as caught:
        backbone(name, size, pooling)
    assert "\n" not in str(caught.value)


def test_features_that_are_no_picture() -> None:
    model = backbone("test_resnet")
    model.encoder.forward_features = lambda image: [image]
    with pytest.raises(InputError, match="neither tokens nor a feature map"):
        model(torch.zeros(1, 3, 32, 32))


def test_pretrained_without_network(monkeypatch) -> None:
    def refuse(name, pretrained, **options):
        raise OSError("no route\nto host")

    monkeypatch.setattr(import_timm(), "create_model", refuse)
    with pytest.raises(InputError, match=r"--backbone-weights FILE.*no route to host"):
        ImageBackbone(BackboneConfig("test_vit", pretrained=True, image_size=32))
