"""How far to trust a prediction: the chance that it comes near the photographer's picture.

Two signs tell doubtful predictions: they change when the preview is mirrored or cropped, or its
statistics are a little off, and their picture is unlike those the model was trained on. What the
signs are worth is learnt from validation pictures.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from imaging.metrics import TOLERANCE
from model.adapter import Adapter
from model.autopilot import AutoPilotRegressor
from model.hub import model_file
from model.losses import slider_values
from model.statistics_backbone import StatisticsBackbone
from model.torch_file import check_tensors, read_torch_file, write_torch_file
from params.files import InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES

# A view is this part of the picture's sides.
CROP = 0.85
# Training pictures that are kept, and how many of the nearest say how unlike them a picture is.
KEPT, NEAREST = 512, 5
FEWEST = 20  # pictures to calibrate on
_PER_BIN = 10
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


def unsteadiness(params_norm: Mapping[str, Tensor], spread: Mapping[str, float]) -> float:
    """How far the views' edits lie apart: standard deviation in the training set's spreads.

    Args:
        params_norm: of the views, sliders [V] and ToneCurve [V, K].
        spread: of the training set, as model.losses.spread_of has it.
    """
    values = slider_values(params_norm)
    parts = [values[name].double().std() / spread[name] for name in SLIDER_NAMES]
    curve = params_norm[CURVE_NAME].double().std(dim=0).mean() / spread[CURVE_NAME]
    return float(torch.stack([*parts, curve]).mean())


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
    """

    features: Tensor
    centre: Tensor
    spread: dict[str, float]
    weights: tuple[float, float]
    scores: tuple[float, ...]
    shares: tuple[float, ...]
    tolerance: float
    digest: str

    def of(self, features: Tensor, params_norm: Mapping[str, Tensor]) -> float:
        """The confidence 0..1 in the prediction of what predict_views() gave."""
        signs = unsteadiness(params_norm, self.spread), self.strangeness(features)
        return self.at(_score(signs, self.weights))

    def strangeness(self, features: Tensor) -> float:
        """Mean cosine distance of features [F] to the nearest training pictures, 0..2."""
        return _strangeness(features, self.features, self.centre)

    def at(self, score: float) -> float:
        """The share at a score: between two places linear, beyond them as at the last."""
        places, shares = self.scores, self.shares
        if score <= places[0]:
            return shares[0]
        for i in range(1, len(places)):
            if score <= places[i]:
                part = (score - places[i - 1]) / (places[i] - places[i - 1])
                return shares[i - 1] + part * (shares[i] - shares[i - 1])
        return shares[-1]


def calibrate(
    training: Tensor,
    spread: Mapping[str, float],
    predictions: Sequence[tuple[Tensor, Mapping[str, Tensor]]],
    errors: Sequence[float],
    *,
    tolerance: float = TOLERANCE,
    digest: str = "",
) -> Confidence:
    """Learn from validation pictures what the two signs are worth.

    Args:
        training: features [N, F] of the training pictures.
        predictions: what predict_views() gives of each validation picture.
        errors: mean ΔE00 of each one's prediction to the photographer's picture.

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
    hits = torch.tensor([error <= tolerance for error in errors], dtype=torch.float64)
    places, shares = _falling(scores, hits)
    return Confidence(
        known, centre, dict(spread), weights, tuple(places), tuple(shares), tolerance, digest
    )


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


def _falling(scores: Tensor, hits: Tensor) -> tuple[list[float], list[float]]:
    """Share of hits by score, never rising: bins of about _PER_BIN, pooled where they rise.

    Shares are (hits + 1) / (count + 2), Laplace's rule: few pictures prove nothing for certain.
    """
    order = scores.argsort(stable=True)
    parts = torch.chunk(order, max(2, len(order) // _PER_BIN))
    bins: list[tuple[float, float, int]] = []  # sum of scores, hits, count
    for part in parts:
        bins.append((float(scores[part].sum()), float(hits[part].sum()), len(part)))
        while len(bins) > 1 and bins[-1][1] / bins[-1][2] >= bins[-2][1] / bins[-2][2]:
            last, before = bins.pop(), bins.pop()
            bins.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    places: list[float] = []
    shares: list[float] = []
    for total, hit, count in bins:
        place, share = total / count, (hit + 1.0) / (count + 2.0)
        if places and place <= places[-1]:
            continue  # equal scores: nothing to tell them apart by
        places.append(place)
        shares.append(min(share, shares[-1]) if shares else share)
    return places, shares


def save_confidence(path: Path, confidence: Confidence) -> None:
    """Write a confidence file. Raises InputError when the folder refuses."""
    content = {name: getattr(confidence, name) for name in _FIELDS}
    content.update(features=confidence.features.half(), centre=confidence.centre.float())
    content.update({name: list(content[name]) for name in ("weights", "scores", "shares")})
    write_torch_file(path, content)


def load_confidence(path: Path) -> Confidence:
    """Read a confidence file. Raises InputError: not one, or damaged."""
    content = read_torch_file(path)
    if not isinstance(content, dict) or set(content) != set(_FIELDS):
        raise InputError(f"{path}: not a confidence file of run/evaluate.py")
    check_tensors(path, {name: content[name] for name in ("features", "centre")})
    features, centre = content["features"].float(), content["centre"].float()
    lists = {name: _numbers(path, content[name]) for name in ("weights", "scores", "shares")}
    spread = content["spread"]
    sound = (
        features.ndim == 2
        and len(features) > 0
        and centre.shape == features.shape[1:]
        and bool(features.isfinite().all() and centre.isfinite().all())
        and isinstance(spread, dict)
        and set(spread) == {*SLIDER_NAMES, CURVE_NAME}
        and min(_numbers(path, list(spread.values()))) > 0.0
        and len(lists["weights"]) == 2
        and len(lists["scores"]) == len(lists["shares"]) > 0
        and list(lists["scores"]) == sorted(set(lists["scores"]))
        and all(0.0 <= share <= 1.0 for share in lists["shares"])
        and isinstance(content["digest"], str)
    )
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
