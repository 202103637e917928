"""Where an edited TIFF lies on its RAW: crop, scale, shift, quarter-turn.

Both pictures are reduced to their local structure (what is lighter or darker than its
surroundings, in units of the local spread), which an edit hardly changes. A coarse search over
scales by normalised cross-correlation is followed by an affine ECC refinement (Evangelidis and
Psarakis, 2008; OpenCV's findTransformECC).
"""

from dataclasses import dataclass, replace

import numpy as np

from imaging.color import srgb_encode
from imaging.resize import fit_long_side, fit_size, resize_area
from params.files import InputError

# Smaller pictures have no structure to compare.
SMALLEST_SIDE = 16
COARSE_SIDE = 192
FINE_SIDE = 640
# The edited picture shows at least this part of the frame's width (or height), and at most a
# few per cent more than the RAW decode.
SMALLEST_PART, LARGEST_PART, PART_STEP = 0.5, 1.04, 1.018
# How far the surroundings of a pixel go, as a part of the RAW's long side.
REACH = 1.0 / 24.0
# Spread of noise in encoded values: structure fainter than this doesn't count.
NOISE = 0.012
# Correlation of structure above which no other quarter-turn needs a look.
GOOD_MATCH = 0.6
# Structure alone can't tell: by a horizon or a bright middle, pictures of different scenes
# reach 0.45 once they are laid on each other as well as can be. Their detail doesn't: over 21
# photographs it correlates by 0.1 at most, that of the same photograph by 0.55 and more, with
# noise and strong edits too.
DETAIL_SIDE, DETAIL_REACH = 320, 6.0
SAME_PHOTOGRAPH = 0.3


@dataclass(frozen=True)
class Alignment:
    """Where the edited picture lies.

    turn: quarter-turns counter-clockwise (numpy.rot90) that bring the edited picture upright
        on the RAW.
    matrix: 2x3 affine, from the turned edited picture to the RAW, both in fractions of their
        own width and height (0,0 is the top left corner, 1,1 the bottom right).
    confidence: correlation, 0..1, of detail in what register() gives.
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


def structure(pixels: np.ndarray, reach: float) -> np.ndarray:
    """Local structure of a linear HxWx3 picture: HxW float32, mean about 0, spread about 1.

    reach: how far the surroundings go, in pixels. To compare two pictures it must be the same
    stretch of the scene in both.
    """
    import cv2

    light = srgb_encode(pixels.clip(0.0, 1.0)).mean(axis=2)
    light = cv2.GaussianBlur(light, (0, 0), 0.8)
    mean = cv2.GaussianBlur(light, (0, 0), reach)
    variance = cv2.GaussianBlur((light - mean) ** 2, (0, 0), reach)
    return ((light - mean) / np.sqrt(variance + NOISE**2)).clip(-3.0, 3.0).astype(np.float32)


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
    raw_coarse = structure(fit_long_side(raw, COARSE_SIDE), COARSE_SIDE * REACH)
    found: list[tuple[float, int, np.ndarray]] = []
    best: Alignment | None = None
    for turn in (0, 1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(edited, turn))
        score, matrix = _search(raw_coarse, fit_long_side(turned, COARSE_SIDE))
        found.append((score, turn, matrix))
        if turn == 0 and score > GOOD_MATCH:
            best = _refine(raw, turned, turn, matrix)
            if best.confidence > GOOD_MATCH:
                return _check(raw, edited, best)
    # The search can prefer a wrong turn (a horizon upside down): the two best are compared.
    for _, turn, matrix in sorted(found, key=lambda item: -item[0])[:2]:
        turned = np.ascontiguousarray(np.rot90(edited, turn))
        refined = _refine(raw, turned, turn, matrix)
        if best is None or refined.confidence > best.confidence:
            best = refined
    assert best is not None
    return _check(raw, edited, best)


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
        template = cv2.resize(edited, (tw, th), interpolation=cv2.INTER_AREA)
        template = structure(template, COARSE_SIDE * REACH)
        scores = cv2.matchTemplate(field, template, cv2.TM_CCORR_NORMED)
        _, score, _, (x, y) = cv2.minMaxLoc(scores)
        if score > best_score:
            best_score = score
            left, top = (x - border) / width, (y - border) / height
            best_matrix = np.array([[tw / width, 0, left], [0, th / height, top]])
    return best_score, best_matrix


def _refine(raw: np.ndarray, edited: np.ndarray, turn: int, matrix: np.ndarray) -> Alignment:
    """Affine refinement by ECC, from coarse to fine; a step that doesn't help isn't taken."""
    import cv2

    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
    confidence = 0.0
    for side, blur in ((0.3 * FINE_SIDE, 7), (0.5 * FINE_SIDE, 5), (FINE_SIDE, 3)):
        small, other = fit_long_side(raw, round(side)), fit_long_side(edited, round(side))
        reach = max(small.shape) * REACH
        magnified = _to_pixels(matrix, other.shape[:2], small.shape[:2])[:, :2]
        r = structure(small, reach)
        e = structure(other, reach / np.sqrt(abs(np.linalg.det(magnified))))
        warp = _to_pixels(matrix, e.shape, r.shape).astype(np.float32)
        confidence = _overlap_correlation(r, e, warp)
        inside = np.ones(r.shape, np.uint8)
        try:
            _, found = cv2.findTransformECC(
                e, r, warp.copy(), cv2.MOTION_AFFINE, stop, inside, blur
            )
        except cv2.error:  # it did not converge
            continue
        moved = np.asarray(found, np.float32)
        fractions = _to_fractions(moved.astype(np.float64), e.shape, r.shape)
        score = _overlap_correlation(r, e, moved)
        if score > confidence and _plausible(fractions, e.shape, r.shape):
            matrix, confidence = fractions, score
    return Alignment(turn, matrix, confidence)


def _check(raw: np.ndarray, edited: np.ndarray, found: Alignment) -> Alignment:
    """What was found, with the correlation of detail; InputError for different photographs."""
    pair = aligned_pair(raw, edited, found, DETAIL_SIDE)
    confidence = correlation(*(structure(picture, DETAIL_REACH) for picture in pair))
    if confidence < SAME_PHOTOGRAPH:
        raise InputError(f"not the same photograph (correlation of detail {confidence:.2f})")
    return replace(found, confidence=confidence)


def _plausible(matrix: np.ndarray, edited: tuple[int, int], raw: tuple[int, int]) -> bool:
    """Whether an affine is a crop of the frame: hardly turned or sheared, and of a fair size."""
    linear = _to_pixels(matrix, edited, raw)[:, :2]
    across, down = np.linalg.norm(linear, axis=0)
    skew = max(abs(linear[0, 1]) / down, abs(linear[1, 0]) / across)
    part = np.abs(matrix[:, :2]).sum(axis=1)
    fair = part.max() > SMALLEST_PART * 0.95 and part.max() < LARGEST_PART * 1.03
    return bool(fair and skew < 0.12 and 0.93 < across / down < 1.07)


def _overlap_correlation(raw: np.ndarray, edited: np.ndarray, warp: np.ndarray) -> float:
    """Correlation where the two lie on each other, less what lies beside."""
    inside = _warp(np.ones_like(raw), warp, edited.shape) > 0.99
    if inside.mean() < 0.8:
        return 0.0
    moved = _warp(raw, warp, edited.shape)
    return correlation(moved[inside], edited[inside]) * float(inside.mean())


def _warp(image: np.ndarray, warp: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    import cv2

    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, warp, (shape[1], shape[0]), flags=flags)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two arrays of equal shape."""
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-12))
