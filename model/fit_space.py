"""The sliders a fit may move, how far, and in what unit."""

import torch
from torch import Tensor

from params.ranges import SLIDERS

# A fit's unit for each slider: the move that changes a picture about as much as any other's.
UNITS = {
    "Temperature": 2000.0,
    "Tint": 20.0,
    "Exposure2012": 1.0,
    "Contrast2012": 50.0,
    "Highlights2012": 50.0,
    "Shadows2012": 50.0,
    "Whites2012": 50.0,
    "Blacks2012": 50.0,
    "Vibrance": 50.0,
    "Saturation": 50.0,
}
# Process 1: Temperature and Tint act along one line, so Tint stays 0; below contrast -40 the
# midtones come close to folding over (docs/process-1.md).
FREE_SLIDERS = tuple(s for s in SLIDERS if s.name != "Tint")
LOWEST = {"Contrast2012": -40.0}


def bounds(device: torch.device | str = "cpu") -> tuple[Tensor, Tensor, Tensor]:
    """Lowest value, unit and highest value of each free slider; the limits are in units."""
    low = [(LOWEST.get(s.name, s.low) - s.neutral) / UNITS[s.name] for s in FREE_SLIDERS]
    high = [(s.high - s.neutral) / UNITS[s.name] for s in FREE_SLIDERS]
    unit = [UNITS[s.name] for s in FREE_SLIDERS]
    return (
        torch.tensor(low, device=device),
        torch.tensor(unit, device=device),
        torch.tensor(high, device=device),
    )
