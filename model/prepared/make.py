"""A torch model -> what predicts the same on the CPU without torch and timm."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from model.autopilot import AutoPilotRegressor
from model.prepared.encoder import OnnxEncoder
from model.prepared.form import Prepared

log = logging.getLogger(__name__)

# The most that a feature may be off what torch gives, as a part of the largest.
CLOSE = 1e-5
_OPSET = 17  # of ONNX: the first with layer norms


@torch.inference_mode()
def prepare(model: AutoPilotRegressor) -> Prepared:
    """Make it, and hold it against the model.

    An encoder that can't be written as ONNX, or of which OpenCV makes something else, is left out:
    such a model needs torch each time.

    Args:
        model: on the CPU, in eval mode, without adapters beside its layers.
    """
    state = {
        name: np.array(tensor.float().numpy(), order="C")
        for name, tensor in model.state_dict().items()
        if not name.startswith("backbone.encoder.")
    }
    onnx = b""
    if not model.config.backbone.sees_statistics:
        try:
            onnx = _checked(model, _as_onnx(model))
        except Exception as error:  # the exporter and the engine raise any kind
            log.debug("%s needs torch: %s", model.config.backbone.name, error)
    encoder = np.frombuffer(onnx, np.uint8)
    return Prepared(model.config, state, encoder, model.backbone.features)


def _as_onnx(model: AutoPilotRegressor) -> bytes:
    file, size = io.BytesIO(), model.config.backbone.image_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the exporter's age, and shapes taken as they are
        # The newer exporter would need more packages.
        torch.onnx.export(
            model.backbone,
            (torch.zeros(1, 3, size, size),),
            file,  # type: ignore[arg-type]  # this exporter writes to an open file too
            dynamo=False,
            opset_version=_OPSET,
        )
    return file.getvalue()


def _checked(model: AutoPilotRegressor, onnx: bytes) -> bytes:
    """The encoder, where it gives what torch gives. Raises ValueError."""
    size = model.config.backbone.image_size
    noise = torch.rand(3, size, size, generator=torch.Generator().manual_seed(0))
    ramp = torch.linspace(0.0, 1.0, size).expand(3, size, size)
    with _quiet_opencv():
        encoder = OnnxEncoder(np.frombuffer(onnx, np.uint8))
        for image in (noise, ramp, torch.zeros(3, size, size)):
            wanted = model.backbone(image[None])[0].numpy()
            off = np.abs(encoder(image.numpy()) - wanted).max()
            if not off <= CLOSE * max(1.0, float(np.abs(wanted).max())):
                raise ValueError(f"OpenCV's features are {off:.2g} off")
    return onnx


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """Without what OpenCV itself prints of operators that it does not know."""
    import cv2

    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
