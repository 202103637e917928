"""A head for each of Camera Raw's panels that a model predicts beside the basic sliders.

What the rows of its last layer mean: model.panel_fields.
"""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.heads import START_SCALE, hidden_layers, latent_sliders
from model.mean_edit import mean_edit
from model.panel_fields import (
    CURVE,
    GATED,
    HUE,
    SLIDER,
    Field,
    constant_values,
    neutral_norm,
    places_of,
)
from params.outputs import Outputs, panel_of
from params.ranges import CURVE_NAME, normalize_tone_curve

# Half a step of a slider of -100..100: nearer to neutral is not moved.
NOT_MOVED = 0.005
_LEAST_SHARE = 0.02
_OPEN = 4.0  # the logit of a gate


class Gate(NamedTuple):
    """Of a slider that most pictures leave neutral: the logit of its being moved, and its value
    in [-1, 1] if it is; [B] each.
    """

    logit: Tensor
    value: Tensor


class PanelHead(nn.Module):
    """[B, features] -> the outputs of one panel."""

    def __init__(self, features: int, fields: list[Field], knots: int, kind: str = "mlp") -> None:
        super().__init__()
        self.fields, self.knots = fields, knots
        self.learnt: set[str] = set()  # fields that do not begin anew
        self.mlp, width = hidden_layers(features, kind)
        self.proj = nn.Linear(width, sum(field.rows(knots) for field in fields))

    def forward(self, features: Tensor, tone: Tensor) -> tuple[dict[str, Tensor], dict[str, Gate]]:
        """Values, params_norm of the panel, and gates.

        Gated sliders are soft in training, so that a picture's error reaches their gates, and
        moved or neutral otherwise.

        Args:
            tone: what the tone head gives, [B, knots].
        """
        raw = self.proj(self.mlp(features)).float()
        values: dict[str, Tensor] = {}
        gates: dict[str, Gate] = {}
        for field, place in self.places().items():
            part = raw[:, place]
            if field.kind == CURVE:
                value = _limited(part + (tone if field.name == CURVE_NAME else _line(tone)))
            elif field.kind == HUE:
                value = torch.atan2(part[:, 1], part[:, 0]) / torch.pi
            else:
                value = part[:, 0].tanh()
            if field.kind == GATED:
                gates[field.name] = Gate(part[:, 1], value)
                neutral = neutral_norm(field.name)
                moved = part[:, 1].sigmoid()
                value = neutral + (moved if self.training else moved > 0.5) * (value - neutral)
            values |= dict.fromkeys(field.names, value)
        return values, gates

    def places(self) -> dict[Field, slice]:
        """The rows of each field."""
        return places_of(self.fields, self.knots)

    @torch.no_grad()
    def start_neutral(self) -> None:
        """Begin with an edit that changes nothing, with gates that are undecided.

        The other weights are the same for all heads of these outputs, whoever trains them, so
        that adapters can be mixed.
        """
        panel = panel_of(self.fields[0].name)
        for name, weight in self.mlp.named_parameters():
            if name.endswith("weight"):
                _fill(weight, f"{panel}.{name}")
            else:
                weight.zero_()
        for field, place in self.places().items():
            _fill(self.proj.weight[place], field.name)
            self.proj.weight[place] *= START_SCALE
            self.proj.bias[place] = 0.0
            if field.kind in (SLIDER, GATED):
                self.proj.bias[place.start] = latent_sliders(torch.tensor(neutral_norm(field.name)))

    @torch.no_grad()
    def take_from(self, other: "PanelHead") -> None:
        """Take over what another head of this panel has learnt of the same outputs."""
        self.mlp.load_state_dict(other.mlp.state_dict())
        theirs = {name: (f, p.start) for f, p in other.places().items() for name in f.names}
        for field, place in self.places().items():
            if field.name not in theirs:
                continue
            source, start = theirs[field.name]
            both = min(field.rows(self.knots), source.rows(self.knots))
            for mine, its in (
                (self.proj.weight, other.proj.weight),
                (self.proj.bias, other.proj.bias),
            ):
                mine[place.start : place.start + both] = its[start : start + both]
            if both < field.rows(self.knots):  # a value without a gate is always moved
                self.proj.weight[place.start + 1] = 0.0
                self.proj.bias[place.start + 1] = _OPEN
            self.learnt.add(field.name)

    @torch.no_grad()
    def start_at(self, edits: Mapping[str, Tensor]) -> None:
        """Let outputs that begin anew do so at their mean over a training set.

        edits: params_norm, sliders [N] and curves [N, knots].
        """
        mean = mean_edit(edits)
        for field, place in self.places().items():
            if field.name in self.learnt:
                continue
            bias, wanted = self.proj.bias, mean[field.name]
            if field.kind == CURVE:
                base = _line(wanted[None])[0]
                if field.name == CURVE_NAME:
                    rising = normalize_tone_curve(wanted.double().numpy(), self.knots)
                    base = torch.from_numpy(rising)
                bias[place] = (wanted - base).to(bias)
            elif field.kind == HUE:
                angle = wanted * torch.pi
                bias[place] = torch.stack([angle.cos(), angle.sin()]).to(bias)
            elif field.kind == SLIDER:
                bias[place] = latent_sliders(wanted).to(bias)
            else:
                moved = is_moved(edits[field.name], field.name)
                if moved.any():
                    bias[place.start] = latent_sliders(edits[field.name][moved].mean()).to(bias)
                share = moved.double().mean().clamp(_LEAST_SHARE, 1.0 - _LEAST_SHARE)
                bias[place.start + 1] = torch.logit(share).to(bias)


def is_moved(value: Tensor, name: str) -> Tensor:
    """Where a slider's values in [-1, 1] are off neutral."""
    return (value - neutral_norm(name)).abs() > NOT_MOVED


def constant_norm(outputs: Outputs) -> dict[str, Tensor]:
    """The style's constants as params_norm of one picture: sliders [], curves [K]."""
    values = constant_values(outputs).items()
    return {name: torch.tensor(value, dtype=torch.float32) for name, value in values}


def _line(like: Tensor) -> Tensor:
    return torch.linspace(0.0, 1.0, like.shape[-1], device=like.device).expand_as(like)


def _limited(curve: Tensor) -> Tensor:
    """Limited to 0..1; the slope is that of no limit, so that a value beyond it can come back."""
    return curve + (curve.clamp(0.0, 1.0) - curve).detach()


def _fill(weight: Tensor, name: str) -> None:
    """Weights of a linear layer as PyTorch draws them, from a seed that the name gives."""
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    bound = weight.shape[1] ** -0.5
    drawn = torch.empty(weight.shape).uniform_(-bound, bound, generator=generator)
    weight.copy_(drawn)
