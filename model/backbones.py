"""ImageBackbone: any timm encoder, and how its features become one vector a picture."""

import re
from typing import Any

import torch
from torch import Tensor, nn

from model.config import POOLINGS, BackboneConfig
from model.hub import quiet_hub
from model.statistics_backbone import StatisticsBackbone
from params.files import InputError

# A plain registered name with an optional weights tag. timm would also take "hf-hub:…" and
# "local-dir:…", which an untrusted checkpoint must not be able to ask for.
_NAME = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?")
_TORCHVISION_OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def make_backbone(config: BackboneConfig) -> "ImageBackbone | StatisticsBackbone":
    """The backbone of this name. Raises InputError as ImageBackbone does."""
    return StatisticsBackbone(config) if config.sees_statistics else ImageBackbone(config)


def import_timm() -> Any:
    """Import timm, which imports torchvision, whose operators may not load beside this torch.

    timm needs none of them. They are declared only after torchvision has failed without them:
    where they exist, declaring them first would make torchvision fail.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name, signature in _TORCHVISION_OPERATORS.items():
            if not hasattr(torch.ops.torchvision, name):
                torch.library.define(f"torchvision::{name}", signature)
    import timm

    return timm


class ImageBackbone(nn.Module):
    """A timm encoder under `encoder`, pooled.

    `features` is the length of the vector; `pooling` is "token" or "mean".

    Raises:
        InputError: timm doesn't know the name, the encoder doesn't take this image size, it
            gives features of a kind that isn't handled, or pretrained weights can't be had.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        if config.pooling not in POOLINGS:
            raise ValueError(f"pooling is {config.pooling!r}, not one of {', '.join(POOLINGS)}")
        self.config = config
        encoder = _create_encoder(config)
        has_token = (
            getattr(encoder, "cls_token", None) is not None
            or getattr(encoder, "global_pool", None) == "token"
        )
        if config.pooling == "token" and not has_token:
            raise InputError(f"backbone {config.name}: has no class token to pool by")
        use_token = has_token and config.pooling != "mean"
        self.pooling = "token" if use_token else "mean"
        self.encoder = encoder
        self.features: int = encoder.num_features
        if next(encoder.parameters()).device.type != "meta":
            self._try_once()

    def forward(self, image: Tensor) -> Tensor:
        """Bx3xSxS in 0..1 -> [B, features]."""
        return self._pool(self.encoder.forward_features(image))

    def _pool(self, features: Tensor) -> Tensor:
        name = self.config.name
        if not isinstance(features, Tensor) or features.ndim not in (3, 4):
            shape = tuple(getattr(features, "shape", ())) or type(features).__name__
            raise InputError(f"backbone {name}: gives {shape}, neither tokens nor a feature map")
        if features.ndim == 3:
            if self.pooling == "token":
                pooled = features[:, 0]
            else:
                prefix = getattr(self.encoder, "num_prefix_tokens", 0) or 0
                pooled = features[:, prefix:].mean(dim=1)
        elif getattr(self.encoder, "output_fmt", "NCHW") == "NHWC":
            pooled = features.mean(dim=(1, 2))
        else:
            pooled = features.mean(dim=(2, 3))
        if pooled.shape[1] != self.features:
            raise InputError(
                f"backbone {name}: pooling gives {pooled.shape[1]} features, not {self.features}"
            )
        return pooled

    def _try_once(self) -> None:
        size = self.config.image_size
        was_training = self.training
        self.eval()
        try:
            with torch.no_grad():
                self(torch.zeros(1, 3, size, size))
        except InputError:
            raise
        except Exception as error:  # encoders refuse a size by any kind of error
            reason = " ".join(str(error).split())
            raise InputError(
                f"backbone {self.config.name}: does not work at {size} pixels: {reason}"
            ) from error
        finally:
            self.train(was_training)


def _create_encoder(config: BackboneConfig) -> Any:
    timm = import_timm()
    if not _NAME.fullmatch(config.name) or not timm.is_model(config.name):
        raise InputError(f"backbone {config.name!r}: timm {timm.__version__} has no such model")
    options = {"pretrained": config.pretrained, "num_classes": 0}
    if config.pretrained:
        quiet_hub()
    try:
        try:
            return timm.create_model(config.name, img_size=config.image_size, **options)
        except TypeError as error:  # convolutional encoders take any size and don't ask
            if "img_size" not in str(error):
                raise
            return timm.create_model(config.name, **options)
    except Exception as error:
        reason = " ".join(str(error).split())
        if config.pretrained:
            raise InputError(
                f"backbone {config.name}: its pretrained weights could not be had (is there a "
                f"network? --backbone-weights FILE takes a local file): {reason}"
            ) from error
        raise InputError(
            f"backbone {config.name}: cannot be made at {config.image_size} pixels: {reason}"
        ) from error
