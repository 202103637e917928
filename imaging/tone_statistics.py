"""Numbers of a picture's tones: brightness in stops and as displayed, clipping, sharpness."""

import numpy as np

from imaging.small_picture import SmallPicture, share, spread

_PERCENTILES = (0.5, 2.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.5)
_CHANNEL_PERCENTILES = (2.0, 25.0, 50.0, 75.0, 98.0)
# Linear light from which a channel is as good as clipped, and below which one is black.
_CLIPPED, _BLACK = 0.99, 0.001
LIGHTNESS_BINS = 16


def tone_statistics(picture: SmallPicture) -> dict[str, float]:
    """By name; logarithms are stops to base 2, lightness is L* / 100."""
    stops, lightness = picture.stops, picture.lab[..., 0] / 100.0
    values = _percentiles("stops", stops) | _percentiles("lightness", lightness)
    for name, these in (("stops", stops), ("lightness", lightness)):
        mean, deviation = float(these.mean()), float(these.std())
        values[f"{name}_mean"], values[f"{name}_deviation"] = mean, deviation
        cubes = float(((these - mean) ** 3).mean())
        values[f"{name}_skewness"] = float(np.clip(cubes / max(deviation, 0.02) ** 3, -4.0, 4.0))
    for i, channel in enumerate("rgb"):
        found = spread(picture.encoded[..., i], _CHANNEL_PERCENTILES)
        for place, value in zip(_CHANNEL_PERCENTILES, found, strict=True):
            values[f"{channel}_{place:g}"] = value
    for i, part in enumerate(soft_histogram(lightness, 0.0, 1.0, LIGHTNESS_BINS)):
        values[f"lightness_bin_{i}"] = part
    return values | _clipping(picture) | _sharpness(lightness)


def soft_histogram(values: np.ndarray, low: float, high: float, bins: int) -> list[float]:
    """Roots of the shares of pixels near `bins` even places on low..high.

    A pixel between two counts for both, so that a little more light moves the numbers a little.
    """
    places = ((values.ravel() - low) / (high - low) * (bins - 1)).clip(0.0, bins - 1.0)
    below = np.minimum(places.astype(np.intp), bins - 2)
    part = places - below
    count = np.bincount(below, 1.0 - part, bins) + np.bincount(below + 1, part, bins)
    return [float(value) for value in np.sqrt(count / values.size)]


def _percentiles(name: str, values: np.ndarray) -> dict[str, float]:
    found = spread(values, _PERCENTILES)
    return {f"{name}_{p:g}": value for p, value in zip(_PERCENTILES, found, strict=True)}


def _clipping(picture: SmallPicture) -> dict[str, float]:
    clipped = picture.linear >= _CLIPPED
    values = {f"{c}_clipped": share(clipped[..., i]) for i, c in enumerate("rgb")}
    values["all_clipped"] = share(clipped.all(axis=2))
    values["any_out_of_srgb"] = share((picture.encoded >= 1.0).any(axis=2))
    values["black"] = share(picture.luminance <= _BLACK)
    values["any_black"] = share((picture.encoded <= 0.0).any(axis=2))
    return values


def _sharpness(lightness: np.ndarray) -> dict[str, float]:
    """Logarithms of how much lightness changes from pixel to pixel, and over wider distances."""
    values = {}
    for step in (1, 4, 16):
        across = np.abs(lightness[:, step:] - lightness[:, :-step]).ravel()
        down = np.abs(lightness[step:] - lightness[:-step]).ravel()
        changes = np.concatenate([across, down])
        for name, value in (
            ("mean", changes.mean() if changes.size else 0.0),
            ("sharpest", spread(changes, [98.0])[0] if changes.size else 0.0),
        ):
            values[f"change_{step}_{name}"] = float(np.log2(value + 1e-3))
    return values
