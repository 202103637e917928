"""A head for each of Camera Raw's panels that a model predicts beside the basic sliders.

An output takes a row of the last layer if it is a plain slider, two if it has a gate (value, and
whether it is moved at all) or is a hue (a vector, whose length does not matter), and a row a knot
if it is a curve: what is added to a straight line, or to the rising curve of the tone head.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.heads import START_LIMIT, START_SCALE, hidden_layers
from model.mean_edit import mean_edit
from params.outputs import HUES, PANEL_SLIDERS, Outputs, held_curves, panel_of
from params.ranges import CURVE_NAME, normalize_scalars, normalize_tone_curve

SLIDER, GATED, HUE, CURVE = "slider", "gated", "hue", "curve"
# Half a step of a slider of -100..100: nearer to neutral is not moved.
NOT_MOVED = 0.005
_LEAST_SHARE = 0.02
_OPEN = 4.0  # the logit of a gate


@dataclass(frozen=True)
class Field:
    """One output of a head: its XMP name, its kind, and which names get its value."""

    name: str
    kind: str
    names: tuple[str, ...]

    def rows(self, knots: int) -> int:
        return {SLIDER: 1, GATED: 2, HUE: 2, CURVE: knots}[self.kind]


class Gate(NamedTuple):
    """Of a slider that most pictures leave neutral: the logit of its being moved, and its value
    in [-1, 1] if it is; [B] each.
    """

    logit: Tensor
    value: Tensor


def fields_of(outputs: Outputs) -> dict[str, list[Field]]:
    """The fields of each panel's head."""
    fields = []
    for name in outputs.sliders:
        kind = GATED if name in outputs.gated else HUE if name in HUES else SLIDER
        fields.append(Field(name, kind, (name,)))
    if outputs.free_curve:
        fields.append(Field(CURVE_NAME, CURVE, (CURVE_NAME,)))
    if outputs.curves and outputs.one_curve:
        fields.append(Field(outputs.curves[0], CURVE, outputs.curves))
    else:
        fields += [Field(name, CURVE, (name,)) for name in outputs.curves]
    heads: dict[str, list[Field]] = {}
    for field in fields:
        heads.setdefault(panel_of(field.name), []).append(field)
    return heads


def neutral_norm(name: str) -> float:
    """A panel slider's neutral value in [-1, 1]."""
    slider = PANEL_SLIDERS[name]
    return float(normalize_scalars({name: slider.neutral}, [slider])[name])


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
        found, first = {}, 0
        for field in self.fields:
            found[field] = slice(first, first + field.rows(self.knots))
            first = found[field].stop
        return found

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
                self.proj.bias[place.start] = _atanh(torch.tensor(neutral_norm(field.name)))

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
                bias[place] = _atanh(wanted).to(bias)
            else:
                moved = is_moved(edits[field.name], field.name)
                if moved.any():
                    bias[place.start] = _atanh(edits[field.name][moved].mean()).to(bias)
                share = moved.double().mean().clamp(_LEAST_SHARE, 1.0 - _LEAST_SHARE)
                bias[place.start + 1] = torch.logit(share).to(bias)


def is_moved(value: Tensor, name: str) -> Tensor:
    """Where a slider's values in [-1, 1] are off neutral."""
    return (value - neutral_norm(name)).abs() > NOT_MOVED


def constant_norm(outputs: Outputs) -> dict[str, Tensor]:
    """The style's constants as params_norm of one picture: sliders [], curves [K]."""
    sliders = [PANEL_SLIDERS[name] for name in outputs.constants if name in PANEL_SLIDERS]
    norm = normalize_scalars(outputs.constants, sliders)
    curves = {name: outputs.constants[name] for name in held_curves(outputs.constants)}
    return {n: torch.tensor(value, dtype=torch.float32) for n, value in {**norm, **curves}.items()}


def _line(like: Tensor) -> Tensor:
    return torch.linspace(0.0, 1.0, like.shape[-1], device=like.device).expand_as(like)


def _limited(curve: Tensor) -> Tensor:
    """Limited to 0..1; the slope is that of no limit, so that a value beyond it can come back."""
    return curve + (curve.clamp(0.0, 1.0) - curve).detach()


def _atanh(value: Tensor) -> Tensor:
    return torch.atanh(value.clamp(-START_LIMIT, START_LIMIT))


def _fill(weight: Tensor, name: str) -> None:
    """Weights of a linear layer as PyTorch draws them, from a seed that the name gives."""
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    bound = weight.shape[1] ** -0.5
    drawn = torch.empty(weight.shape).uniform_(-bound, bound, generator=generator)
    weight.copy_(drawn)
