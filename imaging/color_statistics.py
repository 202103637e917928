"""Numbers of a picture's colours: greys by tone, colourfulness, each hue, sky, skin and leaves."""

import numpy as np

from imaging.small_picture import DARKEST, SmallPicture, mean_where, share, spread
from imaging.tone_statistics import soft_histogram

HUES = 8  # sectors of Lab's hue circle
_CHROMA_PERCENTILES = (25.0, 50.0, 75.0, 90.0, 98.0)
_AB_BINS, _AB_RANGE = 9, 40.0
_TONES = ("all", "shadows", "middle", "highlights")


def color_statistics(picture: SmallPicture) -> dict[str, float]:
    """By name; chroma, a* and b* are in hundredths."""
    a, b = picture.lab[..., 1], picture.lab[..., 2]
    chroma = np.hypot(a, b)
    values: dict[str, float] = {}
    found = spread(chroma / 100.0, _CHROMA_PERCENTILES)
    for place, value in zip(_CHROMA_PERCENTILES, found, strict=True):
        values[f"chroma_{place:g}"] = value
    for name, these in (("a", a), ("b", b)):
        histogram = soft_histogram(these, -_AB_RANGE, _AB_RANGE, _AB_BINS)
        values |= {f"{name}_bin_{i}": part for i, part in enumerate(histogram)}
    return (
        values
        | _greys(picture, chroma)
        | _colourfulness(picture.encoded)
        | _hues(picture.lab, chroma)
        | _things(picture.lab, chroma)
    )


def _greys(picture: SmallPicture, chroma: np.ndarray) -> dict[str, float]:
    """Red and blue against green in stops, where they should be grey, and chroma, by tone.

    Tones are thirds of the picture's own pixels. Of each the mean (grey world), and besides of
    what is nearly grey, and of what is brightest without being clipped (white patch).
    """
    dark, bright = spread(picture.luminance, (100.0 / 3.0, 200.0 / 3.0))
    shadows, highlights = picture.luminance <= dark, picture.luminance >= bright
    everywhere = np.ones(shadows.shape, bool)
    middle = ~(shadows | highlights)
    values: dict[str, float] = {}
    a, b = picture.lab[..., 1] / 100.0, picture.lab[..., 2] / 100.0
    for name, mask in zip(_TONES, (everywhere, shadows, middle, highlights), strict=True):
        weights = mask.astype(np.float32)
        values |= _balance(f"grey_{name}", picture.linear, weights)
        for axis, these in (("a", a), ("b", b), ("chroma", chroma / 100.0)):
            values[f"{axis}_{name}"] = mean_where(these, weights)
    values |= _balance("nearly_grey", picture.linear, np.exp(-((chroma / 8.0) ** 2)))
    open_ = (picture.linear < 0.98).all(axis=2)
    limit = spread(picture.luminance[open_], [95.0])[0] if open_.any() else np.inf
    patch = open_ & (picture.luminance >= limit)
    return values | _balance("white_patch", picture.linear, patch.astype(np.float32))


def _balance(name: str, linear: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    total = (linear * weights[..., None]).sum(axis=(0, 1)) / max(float(weights.sum()), 1.0)
    red, green, blue = np.log2(total + DARKEST)
    return {f"{name}_red": float(red - green), f"{name}_blue": float(blue - green)}


def _colourfulness(encoded: np.ndarray) -> dict[str, float]:
    """Hasler and Süsstrunk, Measuring colourfulness in natural images (2003), of values in 0..1."""
    red, green, blue = np.moveaxis(encoded, -1, 0)
    red_green, yellow_blue = red - green, 0.5 * (red + green) - blue
    values = {
        "red_green_mean": float(red_green.mean()),
        "red_green_deviation": float(red_green.std()),
        "yellow_blue_mean": float(yellow_blue.mean()),
        "yellow_blue_deviation": float(yellow_blue.std()),
    }
    deviation = np.hypot(values["red_green_deviation"], values["yellow_blue_deviation"])
    mean = np.hypot(values["red_green_mean"], values["yellow_blue_mean"])
    return values | {"colourfulness": float(deviation + 0.3 * mean)}


def _hues(lab: np.ndarray, chroma: np.ndarray) -> dict[str, float]:
    """Of each sector how much of the picture's colour lies in it, how strong and how light."""
    lightness, total = lab[..., 0] / 100.0, float(chroma.sum()) + 0.01 * chroma.size
    # A pixel between two sectors' middles counts for both, by its distance.
    place = (np.arctan2(lab[..., 2], lab[..., 1]) / (2.0 * np.pi) * HUES) % HUES
    mean = float(lightness.mean())
    values = {}
    for i in range(HUES):
        off = np.abs(place - i)
        near = np.maximum(0.0, 1.0 - np.minimum(off, HUES - off))
        name = f"hue_{round(i * 360.0 / HUES)}"
        values[f"{name}_share"] = float(np.sqrt((near * chroma).sum() / total))
        coloured = near * (chroma > 4.0)
        values[f"{name}_chroma"] = mean_where(chroma / 100.0, coloured)
        values[f"{name}_lightness"] = mean_where(lightness, coloured, mean)
    return values


def _things(lab: np.ndarray, chroma: np.ndarray) -> dict[str, float]:
    """What may be sky, skin, leaves and snow, by colour and place."""
    lightness, hue = lab[..., 0], np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360.0
    height, width = lightness.shape
    top = np.zeros_like(lightness, bool)
    top[: -(-height // 3)] = True
    middle = np.zeros_like(top)
    middle[height // 4 : height - height // 4, width // 4 : width - width // 4] = True
    sky = (hue > 220.0) & (hue < 300.0) & (chroma > 6.0) & (lightness > 25.0)
    skin = (hue > 25.0) & (hue < 75.0) & (chroma > 10.0) & (chroma < 50.0) & (lightness > 20.0)
    leaves = (hue > 95.0) & (hue < 150.0) & (chroma > 8.0)
    values = {
        "sky": share(sky & top),
        "sky_lightness": mean_where(lightness / 100.0, (sky & top).astype(np.float32), 0.5),
        "sky_chroma": mean_where(chroma / 100.0, (sky & top).astype(np.float32)),
        "white_sky": share(top & (lightness > 80.0) & (chroma < 6.0)),
        "skin": share(skin),
        "skin_in_the_middle": share(skin & middle),
        "skin_lightness": mean_where(lightness / 100.0, skin.astype(np.float32), 0.5),
        "skin_chroma": mean_where(chroma / 100.0, skin.astype(np.float32), 0.2),
        "leaves": share(leaves),
        "leaves_lightness": mean_where(lightness / 100.0, leaves.astype(np.float32), 0.4),
        "leaves_chroma": mean_where(chroma / 100.0, leaves.astype(np.float32), 0.2),
        "grey": share(chroma < 3.0),
        "snow": share((lightness > 75.0) & (chroma < 8.0)),
    }
    return values
