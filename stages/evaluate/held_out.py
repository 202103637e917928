"""Predicted edits judged on pictures whose edit is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dataset.manifest import Entry
from imaging.camera import Shot
from imaging.metrics import delta_e00
from imaging.picture_statistics import statistics_of
from imaging.preview import read_preview
from imaging.raw_picture import RawPicture
from model.config import AutoPilotConfig
from model.panel_loss import distance
from model.preprocess import params_norm_of, preview_to_tensor
from model.render import render
from params.edit_numbers import denormalize_values
from params.ranges import (
    CURVE_NAME,
    SLIDER_NAMES,
    denormalize_scalars,
)
from params.record import read_record

LONG_SIDE = 200
_POINTS = SLIDER_NAMES[3:]  # those from -100 to 100


@dataclass(frozen=True)
class Score:
    """Mean errors over the pictures.

    delta_e: ΔE00 between the rendered pictures. Then of the edits: exposure in EV, temperature
    in mired, tint in its steps, points: the sliders from -100 to 100, curve: of its knots,
    panels: of all that is predicted beside these, in parts of a range; 0 where nothing is.
    """

    delta_e: float
    exposure: float
    temperature: float
    tint: float
    points: float
    curve: float
    panels: float = 0.0


@dataclass(frozen=True)
class Known:
    """What a model learns from or is judged by: its input [N, …], and the edits."""

    images: Tensor
    params_norm: dict[str, Tensor]


def read_known(entries: Sequence[Entry], config: AutoPilotConfig) -> Known:
    """The previews and parameter files of manifest entries.

    Raises:
        InputError: one of them cannot be read.
    """
    images = [_seen(entry, config) for entry in entries]
    records = (read_record(entry.path("data")) for entry in entries)
    edits = [params_norm_of(record.params, config.knots, config.outputs) for record in records]
    stacked = {name: torch.stack([edit[name] for edit in edits]) for name in edits[0]}
    return Known(torch.stack(images), stacked)


def _seen(entry: Entry, config: AutoPilotConfig) -> Tensor:
    """What the model sees of a picture."""
    if config.backbone.sees_statistics:
        with RawPicture(entry.path("raw")) as picture:
            return torch.from_numpy(statistics_of(picture, config.process))
    return preview_to_tensor(read_preview(entry.path("preview")), config.backbone.image_size)


class HeldOut:
    """Pictures to judge by, rendered once with their own edits.

    Raises:
        InputError: a RAW file, preview or parameter file cannot be read.
    """

    def __init__(self, entries: Sequence[Entry], config: AutoPilotConfig) -> None:
        self.known = read_known(entries, config)
        self._process, self._masks = config.process, config.masks
        self._pictures: list[tuple[np.ndarray, Shot]] = []
        for entry in entries:
            with RawPicture(entry.path("raw")) as picture:
                pixels = picture.linear_prophoto(LONG_SIDE, config.process)
                self._pictures.append((pixels, picture.shot))
        self._wanted = self._rendered(self.known.params_norm)

    def score(
        self, params_norm: Mapping[str, Tensor], delta_es: Sequence[float] | None = None
    ) -> Score:
        """Judge predictions for all the pictures: sliders [N], curves [N, K].

        delta_es: of them, where they are known.
        """
        delta_es = self.delta_es(params_norm) if delta_es is None else delta_es
        found, wanted = _values(params_norm), _values(self.known.params_norm)
        error = {name: float(np.abs(found[name] - wanted[name]).mean()) for name in wanted}
        return Score(
            delta_e=float(np.mean(delta_es)),
            exposure=error["Exposure2012"],
            temperature=error["Temperature"],
            tint=error["Tint"],
            points=float(np.mean([error[name] for name in _POINTS])),
            curve=error[CURVE_NAME],
            panels=self._panels(params_norm),
        )

    def delta_es(self, params_norm: Mapping[str, Tensor]) -> list[float]:
        """Mean ΔE00 of each picture, all panels rendered that are predicted."""
        pairs = zip(self._rendered(params_norm), self._wanted, strict=True)
        return [float(delta_e00(a, b).mean()) for a, b in pairs]

    def _panels(self, params_norm: Mapping[str, Tensor]) -> float:
        wanted = self.known.params_norm
        names = [name for name in wanted if name not in (*SLIDER_NAMES, CURVE_NAME)]
        errors = [
            # Sliders of -1..1, curves of 0..1; hues along their circle.
            distance(name, params_norm[name], wanted[name])
            * (1.0 if wanted[name].ndim > 1 else 0.5)
            for name in names
        ]
        return float(torch.stack(errors).mean()) if errors else 0.0

    def _rendered(self, params_norm: Mapping[str, Tensor]) -> list[np.ndarray]:
        values = {n: v.numpy() for n, v in denormalize_values(params_norm).items()}
        return [
            render(
                pixels,
                {name: value[i] for name, value in values.items()},
                process=self._process,
                masks=self._masks,
                shot=shot,
            )
            for i, (pixels, shot) in enumerate(self._pictures)
        ]


def _values(params_norm: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """In Camera Raw's units, but Temperature in mired."""
    values = {name: value.numpy() for name, value in denormalize_scalars(params_norm).items()}
    values["Temperature"] = 1e6 / values["Temperature"]
    return values | {CURVE_NAME: params_norm[CURVE_NAME].numpy()}
