"""Scenes drawn by formulas: linear ProPhoto pictures that no camera saw."""

from collections.abc import Callable

import numpy as np

HEIGHT, WIDTH = 320, 480


def draw(kind: str, seed: int) -> np.ndarray:
    """A scene of one of KINDS: HEIGHTxWIDTHx3 float32 linear ProPhoto in 0..1."""
    random = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : WIDTH / HEIGHT : WIDTH * 1j]
    return KINDS[kind](random, x, y).clip(0.0, 1.0).astype(np.float32)


def clouds(random: np.random.Generator, octaves: int = 5, channels: int = 1) -> np.ndarray:
    """Soft noise of many scales, about 0..1: HEIGHTxWIDTHxchannels."""
    import cv2

    total = np.zeros((HEIGHT, WIDTH, channels))
    for octave in range(octaves):
        cells = 3 * 2**octave
        grid = random.random((cells * 2 // 3, cells, channels))
        large = cv2.resize(grid, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        total += large.reshape(HEIGHT, WIDTH, channels) * 0.6**octave
    low, high = np.percentile(total, (1, 99))
    return ((total - low) / (high - low)).clip(0.0, 1.0)


def _pale(random: np.random.Generator, amount: float = 0.5) -> np.ndarray:
    """A colour inside a camera's gamut, largest channel 1."""
    colour = 1.0 - amount * random.random(3)
    return colour / colour.max()


def _sky(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    blue, white = np.array([0.14, 0.22, 0.42]), np.array([0.62, 0.64, 0.66])
    cover = clouds(random)
    clear = blue + (white - blue) * 0.6 * y[..., None]
    return clear + (white - clear) * cover**2


def _hills(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    picture = _sky(random, x, y)
    for layer in range(4):
        nearness = (layer + 1) / 4
        waves = sum(
            random.random() * np.sin(x * k * 2.1 + random.random() * 7) / k for k in (1, 2, 4, 7)
        )
        below = y > 0.35 + 0.16 * layer + 0.06 * waves
        green = np.array([0.10, 0.13, 0.05]) * (0.6 + 0.8 * random.random())
        far = np.array([0.30, 0.33, 0.38])
        land = (far + (green - far) * nearness) * (0.5 + clouds(random, 7))
        picture = np.where(below[..., None], land, picture)
    return picture


def _spheres(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    picture = (0.12 + 0.25 * y[..., None]) * _pale(random, 0.3) * (0.8 + 0.3 * clouds(random, 6))
    light = np.array([-0.5, -0.6, 0.62])
    for _ in range(7):
        radius = 0.07 + 0.14 * random.random()
        across, down = random.random() * 1.5, 0.2 + 0.7 * random.random()
        u, v = (x - across) / radius, (y - down) / radius
        inside = u * u + v * v < 1.0
        w = np.sqrt((1.0 - u * u - v * v).clip(0.0, None))
        facing = (u * light[0] + v * light[1] + w * light[2]).clip(0.0, None)
        matt = (0.02 + 0.45 * facing)[..., None] * _pale(random, 0.8)
        picture = np.where(inside[..., None], matt + 0.8 * facing[..., None] ** 40, picture)
    return picture


def _night(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    import cv2

    picture = 0.004 + 0.012 * (1.0 - y[..., None]) * np.array([0.6, 0.8, 1.2]) * clouds(random)
    lights = np.zeros_like(picture)
    for _ in range(160):
        row, column = int(HEIGHT * (0.4 + 0.55 * random.random())), random.integers(2, WIDTH - 6)
        size = random.integers(1, 5)
        lamp = random.random() ** 2 * np.array([1.0, 0.75 + 0.2 * random.random(), 0.5])
        lights[row : row + size, column : column + size] = lamp
    return picture + lights + 0.6 * cv2.GaussianBlur(lights, (0, 0), 6)


def _chart(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    rows, columns = 4, 6
    patches = 0.03 + 0.8 * random.random((rows, columns, 1)) ** 2
    colours = np.array([[_pale(random, 0.7) for _ in range(columns)] for _ in range(rows)])
    row, column = (y * rows * 0.999).astype(int), (x / 1.5 * columns * 0.999).astype(int)
    inside = (np.abs(y * rows % 1 - 0.5) < 0.43) & (np.abs(x / 1.5 * columns % 1 - 0.5) < 0.43)
    picture = np.where(inside[..., None], (patches * colours)[row, column], 0.02)
    return picture * (0.85 + 0.3 * clouds(random, 3))


def _portrait(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    picture = clouds(random, 3, 3) * 0.35 * _pale(random) + 0.02
    skin = np.array([0.38, 0.27, 0.20]) * (0.35 + 0.9 * random.random())
    across = 0.5 + 0.5 * random.random()
    for down, wide, high in ((1.15, 0.55, 0.45), (0.48, 0.24, 0.33)):
        u, v = (x - across) / wide, (y - down) / high
        inside = u * u + v * v < 1.0
        shade = 0.35 + 0.9 * (1.0 - 0.6 * u - 0.3 * v - u * u * 0.4).clip(0.0, 1.4)
        picture = np.where(inside[..., None], skin * shade[..., None], picture)
        skin = skin * (0.9 + 0.3 * random.random())
    return picture * (0.9 + 0.2 * clouds(random, 7))


def _weather(random: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.03 + 0.6 * clouds(random, 6) ** 1.5 * (0.7 + 0.3 * clouds(random, 4, 3))


KINDS: dict[str, Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]] = {
    "chart": _chart,
    "hills": _hills,
    "night": _night,
    "portrait": _portrait,
    "spheres": _spheres,
    "weather": _weather,
}
