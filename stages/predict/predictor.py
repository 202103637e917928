"""A trained model applied to RAW files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from imaging.auto_start import auto_start
from imaging.camera import Shot
from imaging.capture import capture_of
from imaging.metadata import Metadata
from imaging.picture_statistics import picture_statistics
from imaging.preview import make_preview
from model.adapter import Adapter
from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_model
from model.confidence import Confidence, predict_views
from model.config import AutoPilotConfig
from model.lora_blend import blend_lora
from model.metadata_encoder import metadata_batch
from model.preprocess import preview_to_tensor
from stages.predict.decoded_raw import decode_raw
from stages.predict.prediction import Prediction, add_confidence


@dataclass(frozen=True)
class Predictor:
    """A model ready to predict, with its settings and device.

    confidence: where it is known, records carry it in `extra`.
    """

    model: AutoPilotRegressor
    config: AutoPilotConfig
    device: torch.device
    confidence: Confidence | None = None

    @classmethod
    def load(
        cls,
        checkpoint: Path,
        adapters: Sequence[Adapter],
        device: torch.device,
        force: bool = False,
        confidence: Confidence | None = None,
        constants: bool = True,
    ) -> "Predictor":
        """Load a checkpoint and add LoRA adapters to it, each by its weight.

        constants: keep those of the style.

        Raises:
            InputError: a file is not what it should be, or belongs to another base.
        """
        model, _ = load_model(checkpoint)
        if adapters:
            blend_lora(model, [(one.path, one.weight) for one in adapters], force=force)
        if not constants:
            model.drop_constants()
        return cls(model.to(device).eval(), model.config, device, confidence)

    @property
    def process(self) -> int:
        return self.config.process

    @property
    def panels(self) -> tuple[str, ...]:
        return self.config.outputs.panels

    def predict(self, raw: Path) -> Prediction:
        """The edit of one RAW file.

        Raises:
            InputError: the file cannot be read, or the model gives values that aren't finite.
        """
        decoded = decode_raw(raw, self.config.process)
        return self.predict_from(raw, decoded.proxy, decoded.shot, decoded.metadata)

    @torch.inference_mode()
    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """The edit of a RAW file that has been read.

        Raises:
            InputError: the model gives values that aren't finite.
        """
        image = self._seen(proxy, shot, metadata)[None].to(self.device)
        features = self.model.backbone(image)
        given = self._capture(metadata)
        start = self._start(proxy, shot)
        norm = self.model.heads(features, given, start)["params_norm"]
        norm = {name: value[0].cpu() for name, value in norm.items()}
        found = Prediction.of_model(raw, norm, self.config, proxy, shot)
        if self.confidence:
            own, views = predict_views(self.model, image[0], features, given, start)
            views = {name: value.cpu() for name, value in views.items()}
            add_confidence(found.record, self.confidence, own.cpu(), views)
        return found

    def _start(self, proxy: np.ndarray, shot: Shot) -> torch.Tensor | None:
        """The automatic edit [1, 10], for models of differences to it."""
        if not self.config.starts_at_auto:
            return None
        return torch.from_numpy(auto_start(proxy, shot))[None].to(self.device)

    def _seen(self, proxy: np.ndarray, shot: Shot, metadata: Metadata) -> torch.Tensor:
        """What the model sees of a picture."""
        backbone = self.config.backbone
        if backbone.sees_statistics:
            return torch.from_numpy(picture_statistics(proxy, shot, capture_of(metadata)))
        return preview_to_tensor(make_preview(proxy), backbone.image_size)

    def _capture(self, metadata: Metadata) -> dict[str, torch.Tensor] | None:
        """How a picture was taken, for models that learn from it."""
        if self.config.fusion == "none":
            return None
        batch = metadata_batch([capture_of(metadata)])
        return {name: value.to(self.device) for name, value in batch.items()}
