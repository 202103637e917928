"""Edit process 1, one pure function a step: differentiable, batched, any float type.

Pictures are BxCxHxW linear ProPhoto (C = 3); a slider is a tensor of shape [B] in Camera
Raw's units. Every step is the identity at its neutral value. The formulas are the project's
own definition of process 1 (docs/process-1.md); published checkpoints rely on the numbers. How
they make an edit stands at the end.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from imaging.camera import Shot
from model.edit.arrays import Values, cat, stack, stretched
from model.edit.fit_rules import FitRules, Start
from model.edit.lookup import lookup
from model.edit.rendered_process import Call, RenderedProcess, Step
from model.edit.whole import Whole
from params.edit_process import PROCESS_1
from params.ranges import CURVE_NAME, SLIDER_NAMES
from params.white_balance import LUMA_WEIGHTS, process_1_gains

CURVE_TABLE_SIZE = 1024
# centre of each regional mask on the luma axis, its direction, and its strength
REGIONS = (
    ("highlights", 0.6, 1.0, 0.15),
    ("shadows", 0.4, -1.0, 0.15),
    ("whites", 0.9, 1.0, 0.2),
    ("blacks", 0.1, -1.0, 0.2),
)
MASK_STEEPNESS = 12.0
CONTRAST_STEEPNESS = 3.0
# Of YUV, and how much Vibrance adds to greys and how fast that fades with chroma.
YUV_LUMA, YUV_SCALES = (0.299, 0.587, 0.114), (0.492, 0.877)
VIBRANCE_SHARE, VIBRANCE_FADE = 0.006, 3.0


def _per_picture(slider: Values) -> Values:
    return slider.reshape(-1, 1, 1, 1)


def _weighted(image: Values, weights: tuple[float, float, float]) -> Values:
    red, green, blue = image.unbind(1)
    return (weights[0] * red + weights[1] * green + weights[2] * blue).unsqueeze(1)


def _tanh(x: Values) -> Values:
    """tanh, to within a rounding of 1; torch's own takes six times as long on a CPU."""
    return 2.0 * (2.0 * x).sigmoid() - 1.0


def white_balance(image: Values, temperature: Values, tint: Values) -> Values:
    """Channel gains from kelvin and tint relative to the shot (6500, 0), brightness kept."""
    gains = stack(process_1_gains(temperature, tint), dim=1)
    return image * gains.reshape(-1, 3, 1, 1)


def exposure(image: Values, ev: Values) -> Values:
    """Multiply by 2^EV; nothing is clipped here."""
    return image * _per_picture(ev.exp2())


def contrast(image: Values, amount: Values) -> Values:
    """Tanh S-curve around 0.5, amount -100..100; the result is clipped to 0..1."""
    y = image - 0.5
    curve = _tanh(CONTRAST_STEEPNESS * y) / math.tanh(CONTRAST_STEEPNESS)
    return (0.5 + y + _per_picture(amount / 100.0) * (curve - y)).clamp(0.0, 1.0)


def region_masks(luma: Values) -> Values:
    """Masks of highlights, shadows, whites, blacks: Bx1xHxW luma -> Bx4xHxW in 0..1."""
    return cat(
        [
            (direction * MASK_STEEPNESS * (luma - centre)).sigmoid()
            for _, centre, direction, _ in REGIONS
        ],
        dim=1,
    )


def region_mask_means(image: Values) -> Values:
    """Mean of each regional mask over the whole picture, [B, 4]: what centring subtracts."""
    return region_masks(_weighted(image, LUMA_WEIGHTS)).mean(dim=(2, 3))


def regions(
    image: Values,
    highlights: Values,
    shadows: Values,
    whites: Values,
    blacks: Values,
    mask_means: Values | None = None,
) -> Values:
    """Lift or lower four tonal regions, amounts -100..100, keeping the channels' ratios.

    mask_means [B, 4] (from region_mask_means of the whole picture) centres the masks;
    None leaves them plain. The result is clipped to 0..1.
    """
    luma = _weighted(image, LUMA_WEIGHTS)
    masks = region_masks(luma)
    if mask_means is not None:
        masks = masks - mask_means.reshape(-1, 4, 1, 1)
    amounts = stack([highlights, shadows, whites, blacks], dim=1) / 100.0
    strengths = amounts.new_tensor([strength for _, _, _, strength in REGIONS])
    lift = (masks * (amounts * strengths).reshape(-1, 4, 1, 1)).sum(dim=1, keepdim=True)
    target = (luma + lift).clamp(0.0, 1.0)
    epsilon = 1e-6
    return (image * ((target + epsilon) / (luma + epsilon))).clamp(0.0, 1.0)


def tone_curve(image: Values, knots: Values) -> Values:
    """Piecewise-linear curve per channel through knots [B, K] evenly spaced on [0, 1].

    Read through a 1024-entry table with linear interpolation, on values in 0..1.
    """
    return lookup(stretched(knots, CURVE_TABLE_SIZE), image * float(CURVE_TABLE_SIZE - 1))


def vibrance_saturation(image: Values, vibrance: Values, saturation: Values) -> Values:
    """Scale chroma in YUV: vibrance by how grey a pixel is, saturation evenly; clipped to 0..1."""
    luma = _weighted(image, YUV_LUMA)
    red, _, blue = image.split(1, dim=1)
    u, v = YUV_SCALES[0] * (blue - luma), YUV_SCALES[1] * (red - luma)
    chroma = (u * u + v * v + 1e-6).sqrt()
    fade = 1.0 - _tanh(VIBRANCE_FADE * chroma)
    boost = 1.0 + _per_picture(vibrance) * VIBRANCE_SHARE * fade
    scale = boost * (1.0 + _per_picture(saturation) / 100.0)
    # Y is linear in the channels: scaling (U, V) is scaling each channel's distance from Y.
    return (luma + (image - luma) * scale).clamp(0.0, 1.0)


@dataclass(frozen=True)
class MaskMeans(Whole):
    """Of whole pictures: the mean of each regional mask, [B, 4]."""

    means: Values


def find_mask_means(
    image: Values, params: Mapping[str, Values], _: Sequence[Shot | None] = ()
) -> MaskMeans:
    """What centred masks have to know of whole pictures (proxies of them)."""
    p = {name: params[name].to(image) for name in SLIDER_NAMES}
    for function, arguments in _before_regions(p):
        image = function(image, *arguments)
    return MaskMeans(region_mask_means(image))


def _before_regions(p: Mapping[str, Values]) -> Iterator[Call]:
    yield white_balance, (p["Temperature"], p["Tint"])
    yield exposure, (p["Exposure2012"],)
    yield contrast, (p["Contrast2012"],)


def _light(p: Mapping[str, Values], whole: MaskMeans | None) -> Iterator[Call]:
    yield from _before_regions(p)
    amounts = (p[f"{name.title()}2012"] for name, _, _, _ in REGIONS)
    yield regions, (*amounts, whole.means if whole else None)


def _curve(p: Mapping[str, Values], _: MaskMeans | None) -> Iterator[Call]:
    yield tone_curve, (p[CURVE_NAME],)


def _color(p: Mapping[str, Values], _: MaskMeans | None) -> Iterator[Call]:
    yield vibrance_saturation, (p["Vibrance"], p["Saturation"])


PROCESS = RenderedProcess(
    facts=PROCESS_1,
    steps=(
        Step(SLIDER_NAMES[:8], _light),
        Step((CURVE_NAME,), _curve),
        Step(("Vibrance", "Saturation"), _color),
    ),
    find_whole=find_mask_means,
    whole_masks=("centred",),
    whole_by_edit=True,
    rules=FitRules(
        slider_prior=0.02,
        softness=1.0,
        iterations=60,
        tolerance=1e-3,
        poor_fit=2.5,
        fair_fit_in_black=0.3,
        other_starts=(
            Start({"Contrast2012": 0.3}),
            Start({"Contrast2012": 0.2, "Exposure2012": 1.0}),
            Start({"Contrast2012": 0.7}),
            Start({"Exposure2012": -1.0}),
        ),
        fixed=PROCESS_1.redundant_sliders,
        # Below it the midtones come close to folding over (docs/process-1.md).
        lowest={"Contrast2012": -40.0},
        by_mired=False,
    ),
)
