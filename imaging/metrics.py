"""How far two pictures are apart: ΔE00, PSNR, SSIM."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from imaging.color import (
    PROPHOTO_TO_XYZ,
    apply_matrix,
    prophoto_to_srgb_preview,
    xyz_to_lab,
)
from imaging.delta_e import delta_e2000

# Of SSIM: the windows' side, and its two constants for values in 0..1.
_WINDOW = 7
_C1, _C2 = 0.01**2, 0.03**2
_BAND = 32


@dataclass(frozen=True)
class Difference:
    """Mean and 95th percentile of ΔE00, and PSNR of the sRGB pictures in dB."""

    delta_e: float
    delta_e_95: float
    psnr: float

    def as_json(self) -> dict[str, float]:
        return {
            "delta_e": round(self.delta_e, 3),
            "delta_e_95": round(self.delta_e_95, 3),
            "psnr": round(self.psnr, 2),
        }


def prophoto_to_lab(linear: np.ndarray) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> CIE L*a*b* under D50, HxWx3 float32."""
    return np.stack(_lab(linear), axis=-1)


def delta_e00(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """CIEDE2000 of two linear ProPhoto pictures, pixel by pixel: HxW."""
    return _Labs(b).away(a)


def psnr_srgb(a: np.ndarray, b: np.ndarray) -> float:
    """PSNR in dB of two linear ProPhoto pictures as sRGB pictures, peak 1."""
    return _psnr(_srgb(a), _srgb(b))


def difference(a: np.ndarray, b: np.ndarray) -> Difference:
    """Compare two linear ProPhoto pictures of one size."""
    return differences([a], b)[0]


def differences(pictures: Iterable[np.ndarray], target: np.ndarray) -> list[Difference]:
    """Each of the pictures compared with one target, whose half of the work is done once."""
    lab, srgb = _Labs(target), _srgb(target)
    found = []
    for pixels in pictures:
        values = lab.away(pixels)
        error = _psnr(_srgb(pixels), srgb)
        found.append(Difference(float(values.mean()), float(np.percentile(values, 95)), error))
    return found


class Reference:
    """The picture that others are compared with; its own half of the work is done once.

    pixels: HxWx3 linear ProPhoto, both sides at least 7.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        self.lab = _Labs(pixels)
        self.moments = _Moments(_srgb(pixels))

    def compare(self, pixels: np.ndarray) -> dict[str, float]:
        """delta_e, delta_e_95, psnr and ssim of a picture of the same size."""
        values = self.lab.away(pixels)
        moments = _Moments(_srgb(pixels))
        return {
            "delta_e": float(values.mean()),
            "delta_e_95": float(np.percentile(values, 95)),
            "psnr": _psnr(moments.pixels, self.moments.pixels),
            "ssim": _ssim(moments, self.moments),
        }


def _bands(pixels: np.ndarray) -> list[np.ndarray]:
    """Of a picture's rows so few that the many interim results stay in the processor's caches."""
    return [pixels[top : top + _BAND] for top in range(0, len(pixels), _BAND)]


def _srgb(linear: np.ndarray) -> np.ndarray:
    """prophoto_to_srgb_preview(), in bands."""
    return np.concatenate([prophoto_to_srgb_preview(band) for band in _bands(linear)])


def _lab(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """L*, a* and b*, HxW float32 each."""
    xyz = apply_matrix(linear, PROPHOTO_TO_XYZ)
    x, y, z = (np.ascontiguousarray(xyz[..., i]) for i in range(3))
    lightness, a, b = xyz_to_lab(x, y, z)
    return lightness, a, b


class _Labs:
    """CIE L*a*b* of a linear ProPhoto picture."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._labs = [_lab(band) for band in _bands(pixels)]

    def away(self, pixels: np.ndarray) -> np.ndarray:
        """ΔE00 of another picture of the same size: HxW."""
        parts = zip(_bands(pixels), self._labs, strict=True)
        return np.concatenate([delta_e2000(_lab(band), lab) for band, lab in parts])


class _Moments:
    """An sRGB picture with the mean and the variance of each window."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        bands = _window_bands(pixels)
        means = [_windows(band) for band in bands]
        squares = zip(bands, means, strict=True)
        self.mean = np.concatenate(means)
        self.variance = np.concatenate([_windows(b * b) - mean * mean for b, mean in squares])


def _window_bands(pixels: np.ndarray) -> list[np.ndarray]:
    """_bands() of the windows' middles, with the rows that the windows reach to."""
    middles = len(pixels) - _WINDOW + 1
    return [pixels[top : top + _BAND + _WINDOW - 1] for top in range(0, middles, _BAND)]


def _windows(pixels: np.ndarray) -> np.ndarray:
    """Mean of each 7x7 window that lies wholly inside the picture."""
    import cv2

    edge = _WINDOW // 2
    return cv2.blur(pixels, (_WINDOW, _WINDOW))[edge:-edge, edge:-edge]


def _ssim(a: _Moments, b: _Moments) -> float:
    """SSIM (Wang 2004), even windows.

    The numbers of scikit-image's structural_similarity (a test checks it), several times faster.
    """
    of_a_sample = _WINDOW**2 / (_WINDOW**2 - 1)
    total = 0.0
    pixels = zip(_window_bands(a.pixels), _window_bands(b.pixels), strict=True)
    moments = (_bands(part) for part in (a.mean, b.mean, a.variance, b.variance))
    for (one, other), mean_a, mean_b, spread_a, spread_b in zip(pixels, *moments, strict=True):
        means = mean_a * mean_b
        both = _windows(one * other) - means
        top = (2.0 * means + _C1) * (2.0 * of_a_sample * both + _C2)
        bottom = mean_a * mean_a + mean_b * mean_b + _C1
        bottom *= of_a_sample * (spread_a + spread_b) + _C2
        total += float((top / bottom).sum(dtype=np.float64))
    return total / a.mean.size


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    import cv2

    error = cv2.norm(a, b, cv2.NORM_L2SQR) / a.size
    return float(10.0 * np.log10(1.0 / max(error, 1e-12)))
