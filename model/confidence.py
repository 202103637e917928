"""How far to trust a prediction: the chance that it comes near the photographer's picture.

Two signs tell doubtful predictions: they change when the preview is mirrored or cropped, or its
statistics are a little off, and their picture is unlike those the model was trained on. What the
signs are worth is learnt from validation pictures.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from imaging.comparison import TOLERANCE
from model.adapter import Adapter
from model.autopilot import AutoPilotRegressor
from model.falling_shares import Falling, falling_shares, falls, share_at
from model.hub import model_file
from model.numpy_model import NumpyModel
from model.statistics_backbone import StatisticsBackbone, statistics_views
from model.torch_file import check_tensors, read_torch_file, write_torch_file
from model.unsteadiness import unsteadiness, unsteady_panels
from params.files import InputError
from params.outputs import PANEL_SLIDERS
from params.panels import CHANNEL_CURVES, PANELS
from params.ranges import CURVE_NAME, SLIDER_NAMES

# A view is this part of the picture's sides.
CROP = 0.85
# Training pictures that are kept, and how many of the nearest say how unlike them a picture is.
KEPT, NEAREST = 512, 5
FEWEST = 20  # pictures to calibrate on
_SMALLEST = 1e-4


def views(image: Tensor) -> Tensor:
    """A model input [3, S, S] -> itself, mirrored, and its middle both ways: [4, 3, S, S]."""
    size = image.shape[-1]
    edge = round(size * (1.0 - CROP) / 2.0)
    middle = image[None, :, edge : size - edge, edge : size - edge]
    middle = F.interpolate(middle, (size, size), mode="bicubic", align_corners=False)[0]
    pair = torch.stack([image, middle.clamp(0.0, 1.0)])
    return torch.stack([pair, pair.flip(-1)], dim=1).flatten(0, 1)


@torch.inference_mode()
def predict_views(
    model: AutoPilotRegressor,
    image: Tensor,
    itself: Tensor | None = None,
    metadata: Mapping[str, Tensor] | None = None,
    start: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The features [F] of a model input [3, S, S] or [N], and params_norm of its views [4, …].

    The first view is the picture itself: its edit is the prediction.

    itself: the backbone's features of the picture itself [1, F], where they are known.
    metadata: of metadata_batch, for the one picture; None: not known.
    start: its automatic edit [1, 10], for a model of differences to it.
    """
    if itself is None:
        itself = model.backbone(image[None])
    backbone = model.backbone
    others = backbone.views(image) if isinstance(backbone, StatisticsBackbone) else views(image)[1:]
    features = torch.cat([itself, backbone(others)])
    if metadata is not None:
        metadata = {name: value.expand(len(features)) for name, value in metadata.items()}
    if start is not None:
        start = start.expand(len(features), -1)
    return itself[0], model.heads(features, metadata, start)["params_norm"]


def predict_views_by_numpy(
    model: NumpyModel,
    seen: np.ndarray,
    itself: np.ndarray,
    start: np.ndarray | None = None,
    recorded: Mapping[str, Any] | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """As predict_views(), of a model that NumPy runs; the arguments are those of its calls."""
    image = torch.from_numpy(seen)
    if model.encoder is None:
        scale = torch.from_numpy(model.state["backbone.scale"])
        others = statistics_views(image, scale)
    else:
        others = views(image)[1:]
    features = [itself, *(model.features(other.numpy()) for other in others)]
    norms = [model.heads(one, start, recorded) for one in features]
    found = {
        name: torch.from_numpy(np.array([norm[name] for norm in norms], np.float32))
        for name in norms[0]
    }
    return torch.from_numpy(itself.astype(np.float32)), found


@dataclass(frozen=True)
class Confidence:
    """What is known from training and validation pictures.

    features: [N, F] of training pictures, of length 1.
    centre: [F], taken off features before they are compared.
    spread: of the training set's edits.
    weights: of the logarithms of (unsteadiness, strangeness) in the score, none below 0.
    scores, shares: from which score on, what share of pictures came within `tolerance`; the
        scores rise and the shares don't.
    digest: of the model's files, see stages.evaluate.model_answers.
    panels: of each panel that is predicted scores, by its own unsteadiness alone, and shares of
        pictures in which its error was below the training set's spread.
    """

    features: Tensor
    centre: Tensor
    spread: dict[str, float]
    weights: tuple[float, float]
    scores: tuple[float, ...]
    shares: tuple[float, ...]
    tolerance: float
    digest: str
    panels: dict[str, Falling] = field(default_factory=dict)

    def of(self, features: Tensor, params_norm: Mapping[str, Tensor]) -> float:
        """The confidence 0..1 in the prediction of what predict_views() gave."""
        signs = unsteadiness(params_norm, self.spread), self.strangeness(features)
        return self.at(_score(signs, self.weights))

    def of_panels(self, params_norm: Mapping[str, Tensor]) -> dict[str, float]:
        """For each panel the chance, 0..1, that it is nearer than the training set's mean edit
        usually is.
        """
        found = unsteady_panels(params_norm, self.spread)
        return {
            panel: share_at(*self.panels[panel], _panel_score(value))
            for panel, value in found.items()
            if panel in self.panels
        }

    def strangeness(self, features: Tensor) -> float:
        """Mean cosine distance of features [F] to the nearest training pictures, 0..2."""
        return _strangeness(features, self.features, self.centre)

    def at(self, score: float) -> float:
        """The share at a score."""
        return share_at(self.scores, self.shares, score)


def calibrate(
    training: Tensor,
    spread: Mapping[str, float],
    predictions: Sequence[tuple[Tensor, Mapping[str, Tensor]]],
    errors: Sequence[float],
    *,
    panel_errors: Mapping[str, Sequence[float]] | None = None,
    tolerance: float = TOLERANCE,
    digest: str = "",
) -> Confidence:
    """Learn from validation pictures what the two signs are worth.

    Args:
        training: features [N, F] of the training pictures.
        predictions: what predict_views() gives of each validation picture.
        errors: mean ΔE00 of each one's prediction to the photographer's picture.
        panel_errors: of each panel that is predicted, see model.panel_loss.panel_errors.

    Raises:
        ValueError: fewer than FEWEST validation pictures.
    """
    if len(predictions) != len(errors) or len(predictions) < FEWEST:
        raise ValueError(f"{len(predictions)} pictures are too few to calibrate on")
    centre = training.mean(dim=0)
    chosen = torch.randperm(len(training), generator=torch.Generator().manual_seed(0))[:KEPT]
    known = F.normalize(training[chosen] - centre, dim=1)
    signs = [
        (unsteadiness(norm, spread), _strangeness(features, known, centre))
        for features, norm in predictions
    ]
    weights = _weights(signs, errors)
    scores = torch.tensor([_score(one, weights) for one in signs], dtype=torch.float64)
    places, shares = falling_shares(scores, _hits(errors, tolerance))
    panels = {
        panel: _panel_falling(panel, [norm for _, norm in predictions], own, spread)
        for panel, own in (panel_errors or {}).items()
    }
    return Confidence(
        known, centre, dict(spread), weights, places, shares, tolerance, digest, panels
    )


def _panel_falling(
    panel: str,
    views: Sequence[Mapping[str, Tensor]],
    errors: Sequence[float],
    spread: Mapping[str, float],
) -> Falling:
    scores = [_panel_score(unsteady_panels(norm, spread)[panel]) for norm in views]
    return falling_shares(torch.tensor(scores, dtype=torch.float64), _hits(errors, 1.0))


def _hits(errors: Sequence[float], tolerance: float) -> Tensor:
    return torch.tensor([error <= tolerance for error in errors], dtype=torch.float64)


def _panel_score(unsteady: float) -> float:
    return math.log(max(unsteady, _SMALLEST))


def _strangeness(features: Tensor, known: Tensor, centre: Tensor) -> float:
    similar = known @ F.normalize(features - centre, dim=0)
    return float(1.0 - similar.topk(min(NEAREST, len(known))).values.mean())


def _score(signs: tuple[float, float], weights: tuple[float, float]) -> float:
    return sum(w * math.log(max(s, _SMALLEST)) for w, s in zip(weights, signs, strict=True))


def _weights(signs: Sequence[tuple[float, float]], errors: Sequence[float]) -> tuple[float, float]:
    """Least squares of log error on the log signs; a sign that tells the opposite counts 0."""
    x = torch.tensor(signs, dtype=torch.float64).clamp(min=_SMALLEST).log()
    y = torch.tensor(errors, dtype=torch.float64).clamp(min=_SMALLEST).log()
    x, y = x - x.mean(dim=0), y - y.mean()
    both = torch.linalg.lstsq(x, y[:, None], driver="gelsd").solution[:, 0].tolist()
    if min(both) >= 0.0:
        return both[0], both[1]
    alone = ((x * y[:, None]).sum(dim=0) / x.square().sum(dim=0).clamp(min=1e-12)).tolist()
    left = [((y - max(a, 0.0) * x[:, i]).square().sum()) for i, a in enumerate(alone)]
    best = 0 if left[0] <= left[1] else 1
    weight = max(alone[best], 0.0)
    return (weight, 0.0) if best == 0 else (0.0, weight)


def save_confidence(path: Path, confidence: Confidence) -> None:
    """Write a confidence file. Raises InputError when the folder refuses."""
    content = {name: getattr(confidence, name) for name in _FIELDS}
    content.update(features=confidence.features.half(), centre=confidence.centre.float())
    content.update({name: list(content[name]) for name in ("weights", "scores", "shares")})
    if confidence.panels:  # without them the file is as earlier versions read it
        content["panels"] = {
            panel: [list(part) for part in parts] for panel, parts in confidence.panels.items()
        }
    write_torch_file(path, content)


def load_confidence(path: Path) -> Confidence:
    """Read a confidence file. Raises InputError: not one, or damaged."""
    content = read_torch_file(path)
    if not isinstance(content, dict) or content.keys() - {"panels"} != set(_FIELDS):
        raise InputError(f"{path}: not a confidence file of run/evaluate.py")
    check_tensors(path, {name: content[name] for name in ("features", "centre")})
    features, centre = content["features"].float(), content["centre"].float()
    lists = {name: _numbers(path, content[name]) for name in ("weights", "scores", "shares")}
    spread, panels = content["spread"], content.get("panels", {})
    found: dict[str, Falling] = {}
    basic = {*SLIDER_NAMES, CURVE_NAME}
    sound = (
        features.ndim == 2
        and len(features) > 0
        and centre.shape == features.shape[1:]
        and bool(features.isfinite().all() and centre.isfinite().all())
        and isinstance(spread, dict)
        and basic <= set(spread) <= {*basic, *PANEL_SLIDERS, *CHANNEL_CURVES}
        and min(_numbers(path, list(spread.values()))) > 0.0
        and len(lists["weights"]) == 2
        and falls(lists["scores"], lists["shares"])
        and isinstance(content["digest"], str)
        and isinstance(panels, dict)
        and set(panels) <= set(PANELS)
        and all(isinstance(parts, list) and len(parts) == 2 for parts in panels.values())
    )
    if sound:
        for name, (places, own) in panels.items():
            found[name] = _numbers(path, places), _numbers(path, own)
        sound = all(falls(*parts) for parts in found.values())
    if not sound:
        raise InputError(f"{path}: a damaged confidence file")
    [tolerance] = _numbers(path, [content["tolerance"]])
    weights = lists["weights"][0], lists["weights"][1]
    return Confidence(
        features,
        centre,
        spread,
        weights,
        lists["scores"],
        lists["shares"],
        tolerance,
        content["digest"],
        found,
    )


_FIELDS = ("features", "centre", "spread", "weights", "scores", "shares", "tolerance", "digest")


def _numbers(path: Path, values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or not all(
        type(value) in (int, float) and math.isfinite(value) for value in values
    ):
        raise InputError(f"{path}: a damaged confidence file")
    return tuple(float(value) for value in values)


def model_digest(checkpoint: Path, adapters: Sequence[Adapter] = ()) -> str:
    """SHA-256 of a model's files and its adapters' weights.

    Raises:
        InputError: a file cannot be had.
    """
    digest = hashlib.sha256()
    for path, weight in ((checkpoint, 1.0), *((one.path, one.weight) for one in adapters)):
        with model_file(path).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
        digest.update(f"{weight:.9g}".encode())
    return digest.hexdigest()
