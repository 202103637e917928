"""Where an edited TIFF lies on its RAW: crop, scale, shift, quarter-turn.

Both pictures are reduced to their local structure (what is lighter or darker than its
surroundings, in units of the local spread), which an edit hardly changes. A coarse search over
scales by normalised cross-correlation is followed by an affine ECC refinement (Evangelidis and
Psarakis, 2008; OpenCV's findTransformECC).
"""

from dataclasses import dataclass

import numpy as np

from imaging.color import srgb_encode
from imaging.resize import fit_long_side, fit_size, resize_area
from params.files import InputError

COARSE_SIDE = 192
FINE_SIDE = 640
SMALLEST_SIDE = 16
# The edited picture is at least this part of the largest of its shape that the frame holds,
# and at most a few per cent larger than the RAW decode.
SMALLEST_PART, LARGEST_PART, PART_STEP = 0.5, 1.04, 1.018
# Correlation of structure: the same photograph gives 0.4 to 0.98, others below 0.2.
SAME_PHOTOGRAPH = 0.25
GOOD_MATCH = 0.5


@dataclass(frozen=True)
class Alignment:
    """Where the edited picture lies.

    turn: quarter-turns counter-clockwise (numpy.rot90) that bring the edited picture upright
        on the RAW.
    matrix: 2x3 affine, from the turned edited picture to the RAW, both in fractions of their
        own width and height (0,0 is the top left corner, 1,1 the bottom right).
    confidence: correlation of structure, 0..1.
    """

    turn: int
    matrix: np.ndarray
    confidence: float

    def part(self) -> float:
        """How much of the RAW's long side the edited picture shows, about 1 when uncropped."""
        return float(np.abs(self.matrix[:, :2]).sum(axis=1).max())

    def as_json(self) -> dict[str, object]:
        """For the parameter file: turn, confidence and the crop box on the RAW."""
        corners = self.matrix @ np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]], float)
        (left, top), (right, bottom) = corners.min(axis=1), corners.max(axis=1)
        box = [round(float(v), 5) for v in (left, top, right, bottom)]
        return {
            "turn": self.turn,
            "crop": box,
            "matrix": [[round(float(v), 6) for v in row] for row in self.matrix],
            "confidence": round(self.confidence, 4),
        }


def structure(pixels: np.ndarray) -> np.ndarray:
    """Local structure of a linear HxWx3 picture: HxW float32, mean about 0, spread about 1."""
    import cv2

    light = srgb_encode(pixels.clip(0.0, 1.0)).mean(axis=2)
    light = cv2.GaussianBlur(light, (0, 0), 0.8)
    sigma = max(light.shape) / 24.0
    mean = cv2.GaussianBlur(light, (0, 0), sigma)
    variance = cv2.GaussianBlur((light - mean) ** 2, (0, 0), sigma)
    return ((light - mean) / np.sqrt(variance + 1e-5)).clip(-3.0, 3.0).astype(np.float32)


def register(raw: np.ndarray, edited: np.ndarray) -> Alignment:
    """Find the edited picture on the RAW.

    Args:
        raw, edited: HxWx3 float32 linear pictures of any size; long sides of FINE_SIDE or
            more give the best precision.

    Raises:
        InputError: they are not the same photograph.
    """
    if min(*raw.shape[:2], *edited.shape[:2]) < SMALLEST_SIDE:
        sizes = " and ".join(f"{p.shape[1]}x{p.shape[0]}" for p in (raw, edited))
        raise InputError(f"too small to be compared: {sizes} pixels")
    raw, edited = fit_long_side(raw, FINE_SIDE), fit_long_side(edited, FINE_SIDE)
    raw_coarse = structure(fit_long_side(raw, COARSE_SIDE))
    best: tuple[float, int, np.ndarray] | None = None
    for turn in (0, 1, 3, 2):
        score, matrix = _search(raw_coarse, fit_long_side(np.rot90(edited, turn), COARSE_SIDE))
        if best is None or score > best[0]:
            best = (score, turn, matrix)
        if best[0] > GOOD_MATCH:
            break
    assert best is not None
    _, turn, matrix = best
    matrix, confidence = _refine(
        structure(raw), structure(np.ascontiguousarray(np.rot90(edited, turn))), matrix
    )
    if not confidence >= SAME_PHOTOGRAPH:  # NaN too
        raise InputError(f"not the same photograph (correlation of structure {confidence:.2f})")
    return Alignment(turn, matrix, confidence)


def aligned_pair(
    raw: np.ndarray, edited: np.ndarray, alignment: Alignment, long_side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Both pictures on one grid: the edited picture's part of the frame, RAW upright.

    Args:
        raw: HxWx3, best at twice `long_side` or more.
        edited: HxWx3.

    Returns:
        (raw, edited), equal HxWx3 float32 with the long side at most `long_side`.
    """
    import cv2

    target = np.ascontiguousarray(np.rot90(edited, alignment.turn))
    height, width = fit_size(target.shape[0], target.shape[1], long_side)
    target = resize_area(target, height, width)
    # The RAW is sampled on a grid twice as fine and averaged, so that both pictures have
    # been through the same box filter.
    fine_h, fine_w = 2 * height, 2 * width
    to_raw = _to_pixels(alignment.matrix, (fine_h, fine_w), raw.shape[:2])
    part = np.sqrt(abs(np.linalg.det(to_raw[:, :2])))
    if part > 1.5:  # far more pixels than the grid: average first, or the warp would alias
        raw = resize_area(raw, round(raw.shape[0] / part), round(raw.shape[1] / part))
        to_raw = _to_pixels(alignment.matrix, (fine_h, fine_w), raw.shape[:2])
    warped = cv2.warpAffine(
        np.ascontiguousarray(raw),
        to_raw,
        (fine_w, fine_h),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return resize_area(warped, height, width), target


def _to_pixels(matrix: np.ndarray, source: tuple[int, int], target: tuple[int, int]) -> np.ndarray:
    """Affine between fractions -> affine between pixel centres of two sizes (height, width)."""
    (sh, sw), (th, tw) = source, target
    to_fraction = np.array([[1 / sw, 0, 0.5 / sw], [0, 1 / sh, 0.5 / sh], [0, 0, 1]])
    to_pixel = np.array([[tw, 0, -0.5], [0, th, -0.5], [0, 0, 1]])
    return (to_pixel @ np.vstack([matrix, [0, 0, 1]]) @ to_fraction)[:2]


def _to_fractions(
    matrix: np.ndarray, source: tuple[int, int], target: tuple[int, int]
) -> np.ndarray:
    """The inverse of _to_pixels."""
    (sh, sw), (th, tw) = source, target
    from_fraction = np.array([[sw, 0, -0.5], [0, sh, -0.5], [0, 0, 1]])
    from_pixel = np.array([[1 / tw, 0, 0.5 / tw], [0, 1 / th, 0.5 / th], [0, 0, 1]])
    return (from_pixel @ np.vstack([matrix, [0, 0, 1]]) @ from_fraction)[:2]


def _search(raw: np.ndarray, edited: np.ndarray) -> tuple[float, np.ndarray]:
    """Best place of the edited picture over scales: (correlation, affine in fractions)."""
    import cv2

    height, width = raw.shape
    border = int(0.04 * max(height, width)) + 1
    field = cv2.copyMakeBorder(raw, border, border, border, border, cv2.BORDER_CONSTANT, value=0)
    eh, ew = edited.shape[:2]
    whole = min(width / ew, height / eh)  # the largest that lies inside, whatever its shape
    best_score, best_matrix = -1.0, np.eye(3)[:2]
    part = LARGEST_PART
    while part > SMALLEST_PART:
        th, tw = round(eh * whole * part), round(ew * whole * part)
        part /= PART_STEP
        if th > field.shape[0] or tw > field.shape[1]:
            continue
        template = structure(cv2.resize(edited, (tw, th), interpolation=cv2.INTER_AREA))
        scores = cv2.matchTemplate(field, template, cv2.TM_CCORR_NORMED)
        _, score, _, (x, y) = cv2.minMaxLoc(scores)
        if score > best_score:
            best_score = score
            left, top = (x - border) / width, (y - border) / height
            best_matrix = np.array([[tw / width, 0, left], [0, th / height, top]])
    return best_score, best_matrix


def _refine(raw: np.ndarray, edited: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Affine refinement by ECC on a small and on the full size: (matrix, correlation)."""
    import cv2

    for scale in (0.4, 1.0):
        r = cv2.resize(raw, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        e = cv2.resize(edited, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        warp = _to_pixels(matrix, e.shape, r.shape).astype(np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
        try:
            everywhere = np.ones(r.shape, np.uint8)
            score, warp = cv2.findTransformECC(
                e, r, warp, cv2.MOTION_AFFINE, stop, everywhere, 3
            )
        except cv2.error:  # it did not converge: keep what the search found
            score = correlation(e, _warp(r, warp, e.shape))
        else:
            matrix = _to_fractions(warp.astype(np.float64), e.shape, r.shape)
    return matrix, float(score)


def _warp(image: np.ndarray, warp: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    import cv2

    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, warp, (shape[1], shape[0]), flags=flags)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two arrays of equal shape."""
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-12))
