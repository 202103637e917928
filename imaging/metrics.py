"""How far two pictures are apart: ΔE00, PSNR, SSIM."""

from dataclasses import dataclass

import numpy as np

from imaging.color import (
    PROPHOTO_TO_XYZ,
    apply_matrix,
    prophoto_to_srgb_preview,
    xyz_to_lab,
)


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
    x, y, z = np.moveaxis(apply_matrix(linear, PROPHOTO_TO_XYZ), -1, 0)
    return np.stack(xyz_to_lab(x, y, z), axis=-1).astype(np.float32)


def delta_e00(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """CIEDE2000 of two linear ProPhoto pictures, pixel by pixel: HxW."""
    from skimage.color import deltaE_ciede2000

    return deltaE_ciede2000(prophoto_to_lab(a), prophoto_to_lab(b))


def psnr_srgb(a: np.ndarray, b: np.ndarray) -> float:
    """PSNR in dB of two linear ProPhoto pictures as sRGB pictures, peak 1."""
    error = np.mean((prophoto_to_srgb_preview(a) - prophoto_to_srgb_preview(b)) ** 2)
    return float(10.0 * np.log10(1.0 / max(float(error), 1e-12)))


def ssim_srgb(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM (Wang 2004) of two linear ProPhoto pictures as sRGB pictures."""
    from skimage.metrics import structural_similarity

    a, b = prophoto_to_srgb_preview(a), prophoto_to_srgb_preview(b)
    return float(structural_similarity(a, b, channel_axis=2, data_range=1.0))


def difference(a: np.ndarray, b: np.ndarray) -> Difference:
    """Compare two linear ProPhoto pictures of one size."""
    values = delta_e00(a, b)
    return Difference(float(values.mean()), float(np.percentile(values, 95)), psnr_srgb(a, b))
