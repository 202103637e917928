"""The colours of RAWmakase's synthetic-d65 chart, which tests/data/camera_raw_readings.json holds
Camera Raw's renders of; after its published description, by our own code.

Scene-linear values in sRGB primaries, 1.0 diffuse white, which the camera records at 0.8 of its
range.
"""

import functools

import numpy as np

from imaging.color import rgb_to_xyz_matrix
from params.camera_color import CameraColor
from params.colorimetry import adaptation_matrix, srgb_decode, xy_to_xyz

EXPOSED = 0.8
HUES = 24
_D65, _D50, _A = (0.31271, 0.32902), (0.34567, 0.35850), (0.44757, 0.40745)
_SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.072175],
        [0.0193339, 0.119192, 0.9503041],
    ]
)
_PRIMARIES = np.array([(0.70, 0.29), (0.21, 0.76), (0.135, 0.045)])
# sRGB as in the chart of 24 patches that photographers use; the six greys are not read.
_CHECKER = (
    "735244 c29682 627a9d 576c43 8580b1 67bdaa d67e2c 505ba6 c15a63 5e3c6c 9dbc40 e0a32e "
    "383d96 469449 af363c e7c71f bb5695 0885a1"
)


def oklch(lightness: float, chroma: float, hue: float) -> np.ndarray:
    """OkLCh, hue in degrees -> linear sRGB (3,), perhaps beyond 0..1."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    to_cones = [[0.3963377774, 0.2158037573], [-0.1055613458, -0.0638541728]]
    cones = (lightness + np.array([*to_cones, [-0.0894841775, -1.291485548]]) @ [a, b]) ** 3
    to_srgb = [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.707614701],
    ]
    return np.array(to_srgb) @ cones


def widest(lightness: float, hue: float) -> float:
    """The largest chroma that sRGB holds at a lightness and hue."""
    low, high = 0.0, 0.5
    for _ in range(40):
        middle = (low + high) / 2.0
        inside = np.abs(oklch(lightness, middle, hue) - 0.5).max() <= 0.5 + 1e-9
        low, high = (middle, high) if inside else (low, middle)
    return low


@functools.cache
def patches() -> dict[str, np.ndarray]:
    """Name -> linear sRGB (3,) of the patches that are read."""
    colors = {f"ramp{i}": np.full(3, 0.18 * 2.0 ** (0.5 * i - 8.0)) for i in range(24)}
    for lightness in (0.45, 0.65, 0.85):
        for share in (0.3, 0.6, 0.9):
            for i in range(HUES):
                hue = 360.0 / HUES * i
                name = f"L{round(lightness * 100)}C{round(share * 100)}_{i}"
                colors[name] = oklch(lightness, share * widest(lightness, hue), hue)
    for i, text in enumerate(_CHECKER.split()):
        colors[f"CC{i}"] = srgb_decode(np.array(list(bytes.fromhex(text))) / 255.0)
    for i in range(12):
        t = i / 11.0
        chroma = 0.045 + 0.03 * np.sin(np.pi * t)
        colors[f"skin{i}"] = oklch(0.88 - 0.55 * t, chroma, 55.0 - 8.0 * t)
    tints = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (2, 0), (-2, 0), (0, 2), (0, -2)]
    for i, (a, b) in enumerate(tints):
        hue = float(np.degrees(np.arctan2(b, a)))
        colors[f"neutral{i}"] = oklch(0.62, 0.01 * np.hypot(a, b), hue)
    return colors


@functools.cache
def camera() -> CameraColor:
    """The chart's made-up camera: colour and forward matrices for illuminants A and D65."""
    d65, d50, a = (xy_to_xyz(*xy) for xy in (_D65, _D50, _A))
    at_d65 = np.linalg.inv(rgb_to_xyz_matrix(_PRIMARIES, d65)) * np.array([[0.55], [1.0], [0.72]])
    warm = np.array([[1.04, -0.03, -0.01], [-0.02, 1.01, 0.01], [0.0, -0.03, 1.03]])
    at_a, at_d65 = (m / (m @ d50).max() for m in (warm @ at_d65, at_d65))
    forward = [
        adaptation_matrix(white, d50) @ np.linalg.inv(m) @ np.diag(m @ white)
        for m, white in ((at_a, a), (at_d65, d65))
    ]
    return CameraColor(
        color_matrix_1=at_a,
        color_matrix_2=at_d65,
        forward_matrix_1=forward[0],
        forward_matrix_2=forward[1],
        illuminant_1=17,
        illuminant_2=21,
    )


def neutral() -> np.ndarray:
    """The camera's as-shot neutral (3,), its largest number 1."""
    seen = camera().color_matrix_2 @ xy_to_xyz(*_D65)
    return seen / seen.max()


def recorded(names: list[str]) -> np.ndarray:
    """Camera RGB of patches (N, 3), 1.0 the end of the camera's range."""
    return _camera_rgb(np.stack([patches()[name] for name in names]))


def _camera_rgb(colors: np.ndarray) -> np.ndarray:
    return (colors @ (camera().color_matrix_2 @ _SRGB_TO_XYZ).T * EXPOSED).clip(0.0, 1.0)


def as_shot(names: list[str]) -> np.ndarray:
    """Linear ProPhoto of patches (N, 3) under the as-shot white, clipped to the camera's white."""
    return scene(names, camera().neutral_to_xy(tuple(neutral())))


def seen(colors: np.ndarray) -> np.ndarray:
    """Linear sRGB (N, 3) of the chart -> linear ProPhoto, as as_shot()."""
    return _under(_camera_rgb(colors), camera().neutral_to_xy(tuple(neutral())))


def scene(names: list[str], xy: tuple[float, float]) -> np.ndarray:
    """Linear ProPhoto of patches (N, 3), 0..1, with the white balance set to the white xy."""
    return _under(recorded(names), xy)


def _under(recorded_rgb: np.ndarray, xy: tuple[float, float]) -> np.ndarray:
    """Linear ProPhoto of camera RGB under the white xy."""
    white = camera().xyz_to_camera(xy) @ xy_to_xyz(*xy)
    clipped = np.minimum(recorded_rgb, white / white.max())
    return (clipped @ camera().camera_to_prophoto(xy).T).clip(0.0, 1.0)
