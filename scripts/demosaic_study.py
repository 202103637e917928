"""Which demosaic? Those of --demosaic, and others, on mosaics whose true colours are known.

True pictures are the photographs of samples/photos at half their size, the half-size decode of
--raw, and a grey zone plate; each becomes a simulated Bayer RAW file, without noise and with that
of two ISO numbers, and twice as bright, so that lights are clipped. Drawn blobs, whose colour is
as fine as their light, are what photographs are not. What comes back is compared
with what the sensor would have recorded of all three colours. Seconds are a core's, of a
full-size decode of --raw. Writes crops.png, to be looked at, beside the table.

Example:
  python scripts/demosaic_study.py --raw photo.arw --output outputs/demosaic_study
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.types import whole_number
from imaging.demosaic_names import AUTO, DEMOSAICS
from params.files import REPO_ROOT, write_text

if TYPE_CHECKING:
    from imaging.camera import Shot
    from imaging.raw_file import RawFile

log = logging.getLogger(__name__)

# Shot noise at half of full scale (see write_dng) of a full-frame sensor that holds some 50,000
# electrons at ISO 100.
NOISES = {"clean": 0.0, "ISO 100": 0.003, "ISO 3200": 0.018}
HIGHLIGHTS, FINE, MOIRE = "highlights", "fine colour", "moiré"
OPENCV = {"OpenCV edge-aware": "EA", "OpenCV VNG": "VNG"}
LIBRAW = {"linear": "LINEAR", "vng": "VNG", "dcb": "DCB"}  # beside those of --demosaic
NAMES = (*(name for name in DEMOSAICS if name != AUTO), *LIBRAW, *OPENCV)
_ZOOM, _CROP, _CROPS = 3, 100, 4  # of crops.png


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument(
        "--output", type=Path, default=REPO_ROOT / "outputs" / "demosaic_study", help="folder"
    )
    parser.add_argument(
        "--raw",
        type=Path,
        default=REPO_ROOT / "samples" / "raw" / "coffee.dng",
        help="RAW file to take seconds from",
    )
    parser.add_argument(
        "--photos", type=whole_number(1, 18), default=18, help="how many of samples/photos"
    )
    parser.add_argument("--runs", type=whole_number(1), default=3, help="how often seconds")
    return parser


def work(args: argparse.Namespace) -> None:
    from imaging.metrics import difference

    found: dict[str, dict[str, list[tuple[float, ...]]]] = {name: {} for name in NAMES}
    crops = []
    with tempfile.TemporaryDirectory() as folder:
        dng = Path(folder, "mosaic.dng")
        for kind, number, scene, noise in scenes(args.photos, args.raw):
            truth = write_mosaic_of(dng, scene, noise, number)
            pictures = {name: demosaicked(dng, name) for name in NAMES}
            for name, picture in pictures.items():
                one = difference(picture, truth)
                values = (one.psnr, one.delta_e, one.delta_e_95, chroma(picture))
                found[name].setdefault(kind, []).append(values)
            if (number < _CROPS and kind in NOISES) or kind == MOIRE:
                crops.append(row_of_crops([truth, *pictures.values()]))
            log.debug("%s %d", kind, number)
    seconds = {name: cpu_seconds(args.raw, name, args.runs) for name in NAMES}
    text = table(found, seconds)
    write_text(args.output / "demosaic_study.md", text)
    save_crops(args.output / "crops.png", crops)
    print(text, end="")


def scenes(photos: int, raw: Path) -> Iterator[tuple[str, int, np.ndarray, float]]:
    """Kind, number, HxWx3 linear ProPhoto that is true in every pixel, and noise."""
    from dataset.synthetic.scenes import CATEGORIES, finished_photo
    from imaging.raw import read_raw_linear_prophoto
    from imaging.resize import fit_long_side

    def half(pixels: np.ndarray) -> np.ndarray:
        return fit_long_side(pixels, max(pixels.shape[:2]) // 2)

    true = [half(finished_photo(name)) for name in sorted(CATEGORIES)[:photos]]
    # Averaged far down it is true although it was a mosaic; a RAW picture is dark as it comes.
    shot = read_raw_linear_prophoto(raw, 800, process=2)
    true.append(np.clip(shot * (0.18 / max(float(np.median(shot)), 1e-3)), 0.0, 1.0))
    for number, scene in enumerate(true):
        for kind, noise in NOISES.items():
            yield kind, number, scene, noise
        yield HIGHLIGHTS, number, scene * 2.0, NOISES["ISO 100"]
    for number in range(3):
        yield FINE, number, blobs(number), NOISES["ISO 100"]
    yield MOIRE, 0, zone_plate(), NOISES["ISO 100"]


def zone_plate(side: int = 400) -> np.ndarray:
    """Grey rings, finer from the middle on, down to two pixels a ring at the sides."""
    place = np.arange(side) - side / 2
    squared = place[:, None] ** 2 + place**2
    rings = 0.3 + 0.25 * np.cos(np.pi * squared / side)
    return np.repeat(rings[..., None], 3, axis=2).astype(np.float32)


def blobs(seed: int, height: int = 270, width: int = 400) -> np.ndarray:
    """Pale blobs, the smallest of some four pixels: their colour is as fine as their light."""
    import cv2

    random, picture = np.random.default_rng(seed), np.zeros((height, width, 3), np.float32)
    for cells in (6, 24, 96):
        grid = random.random((cells * height // width, cells, 3), np.float32)
        grid = 0.7 * grid.mean(axis=2, keepdims=True) + 0.3 * grid
        picture += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture / 3.0 - 0.05, 0.02, 0.9)


def write_mosaic_of(path: Path, scene: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """Write a scene's RAW file; what the sensor would record of all three colours, ProPhoto."""
    from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL, write_dng
    from imaging.color import apply_matrix
    from params.camera_color import CameraColor

    height, width = scene.shape[0] // 2 * 2, scene.shape[1] // 2 * 2
    scene = scene[:height, :width]
    write_dng(path, scene, noise=noise, seed=seed)
    color = CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=21)
    matrix = color.camera_to_prophoto(color.neutral_to_xy(NEUTRAL)) * np.array(NEUTRAL)
    balanced = apply_matrix(scene, np.linalg.inv(matrix)).clip(0.0, 1.0)
    return apply_matrix(balanced, matrix).clip(0.0, 1.0).astype(np.float32)


def demosaicked(path: Path, name: str) -> np.ndarray:
    """A RAW file at full size, HxWx3 linear ProPhoto, by one of NAMES."""
    from imaging import raw as decoding
    from imaging.camera import shot_of
    from imaging.raw_file import RawFile

    with RawFile(path, log.debug) as file:
        shot = shot_of(file)
        if name in DEMOSAICS:
            return decoding.decode(file, shot, None, name).whole()
        return _by_others(file, shot, name)


def _by_others(file: "RawFile", shot: "Shot", name: str) -> np.ndarray:
    """The same black, white and colour around another's demosaic."""
    import cv2
    import rawpy

    from imaging import raw as decoding

    facts = file.facts()
    matrix = decoding._camera_matrix(facts, shot)
    if name in LIBRAW:
        algorithm = rawpy.DemosaicAlgorithm[LIBRAW[name]]
        with file.libraw() as raw:
            pixels = decoding._decode(file, raw, shot.neutral, demosaic_algorithm=algorithm)
    else:
        quarters = decoding._quarters(file, shot)
        mosaic = np.empty((2 * quarters.shape[0], 2 * quarters.shape[1]), np.uint16)
        for (row, column), channel in np.ndenumerate(facts.pattern):
            mosaic[row::2, column::2] = quarters[..., channel]
        mosaic = mosaic[: facts.sizes.height, : facts.sizes.width]
        pattern = "".join("RGBG"[channel] for channel in facts.pattern.ravel())
        code = getattr(cv2, f"COLOR_Bayer{pattern}2RGB" + _suffix(name))
        if OPENCV[name] == "VNG":  # which knows 8 bits only
            encoded = np.sqrt(mosaic / 65535.0) * 255.0
            shown = cv2.demosaicing(np.round(encoded).astype(np.uint8), code)
            pixels = (np.square(shown / 255.0) * 65535.0).astype(np.uint16)
        else:
            pixels = cv2.demosaicing(mosaic, code)
    return decoding._finish(file, pixels, matrix).whole()


def _suffix(name: str) -> str:
    return f"_{OPENCV[name]}"


def chroma(pixels: np.ndarray) -> float:
    """Mean C*ab: of a grey picture it is false colour."""
    from imaging.metrics import prophoto_to_lab

    return float(np.hypot(*np.moveaxis(prophoto_to_lab(pixels)[..., 1:], -1, 0)).mean())


def cpu_seconds(path: Path, name: str, runs: int) -> float:
    """Of all cores together, the least of some runs."""

    def once() -> float:
        began = time.process_time()
        demosaicked(path, name)
        return time.process_time() - began

    return min(once() for _ in range(runs))


def table(found: dict[str, dict[str, list[tuple[float, ...]]]], seconds: dict[str, float]) -> str:
    """Markdown: PSNR, mean and 95th percentile of ΔE00 of each kind; false colour; seconds."""
    from report.markdown_table import markdown_table

    kinds = (*NOISES, HIGHLIGHTS, FINE)
    rows = [["", *(f"{kind}: dB, ΔE00, 95 %" for kind in kinds), "false colour", "CPU s"]]
    for name, of_kind in found.items():
        means = {kind: np.mean(values, axis=0) for kind, values in of_kind.items()}
        cells = ["{:.1f}, {:.2f}, {:.1f}".format(*means[kind][:3]) for kind in kinds]
        rows.append([name, *cells, f"{means[MOIRE][3]:.2f}", f"{seconds[name]:.2f}"])
    return markdown_table(rows) + "\n"


def row_of_crops(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """The part of each with most detail in the first, sRGB, enlarged, side by side."""
    from imaging.color import prophoto_to_srgb_preview

    detail = np.abs(np.diff(pictures[0][..., 1], axis=1)) + 1e-9
    sums = {
        (top, left): detail[top : top + _CROP, left : left + _CROP].sum()
        for top in range(0, detail.shape[0] - _CROP + 1, 20)
        for left in range(0, detail.shape[1] - _CROP + 1, 20)
    }
    top, left = max(sums, key=lambda place: sums[place])
    place = slice(top, top + _CROP), slice(left, left + _CROP)
    shown = [np.round(prophoto_to_srgb_preview(one[place]) * 255.0) for one in pictures]
    large = [np.kron(one, np.ones((_ZOOM, _ZOOM, 1))) for one in shown]
    return np.concatenate(large, axis=1).astype(np.uint8)


def save_crops(path: Path, rows: Sequence[np.ndarray]) -> None:
    from imaging.preview import write_preview

    write_preview(path, np.concatenate(rows, axis=0))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
