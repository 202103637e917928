"""A rendered picture cropped and straightened as Camera Raw does: one affine resampling."""

import math

import numpy as np

from imaging.orientation import orientation_matrix
from params.crop import Crop, Window
from params.files import InputError

LEAST_SIDE = 8  # pixels


def crop_picture(pixels: np.ndarray, crop: Crop, orientation: int = 1) -> np.ndarray:
    """Cut a crop out of a whole picture; resampled (bicubic) only where it is turned.

    Args:
        pixels: HxWx3 float32 in 0..1, upright.
        orientation: the EXIF orientation 1..8 by which the picture was turned upright.

    Returns:
        hxwx3 float32 in 0..1, contiguous.

    Raises:
        InputError: less than LEAST_SIDE pixels are left on a side.
    """
    import cv2

    matrix, height, width = crop_matrix(crop, pixels.shape[0], pixels.shape[1], orientation)
    if crop.angle == 0.0:
        left, top = np.rint(matrix[:, 2]).astype(int)
        return np.ascontiguousarray(pixels[top : top + height, left : left + width])
    between = np.vstack([matrix, [0.0, 0.0, 1.0]])
    between[:2, 2] += between[:2, :2].sum(axis=1) / 2 - 0.5  # to and from pixels' centres
    turned = cv2.warpAffine(
        pixels,
        between[:2],
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return turned.clip(0.0, 1.0, out=turned)


def crop_window(crop: Crop, height: int, width: int, orientation: int = 1) -> Window:
    """Where crop_picture() finds a crop. Raises InputError as that does."""
    matrix, rows, columns = crop_matrix(crop, height, width, orientation)
    back = np.linalg.inv(np.vstack([matrix, [0.0, 0.0, 1.0]]))[:2]
    a, b, c, d, e, f = back.ravel().tolist()
    return Window((a, b, c, d, e, f), rows, columns)


def crop_matrix(
    crop: Crop, height: int, width: int, orientation: int = 1
) -> tuple[np.ndarray, int, int]:
    """Where a crop lies in a picture of height x width pixels that stands upright.

    As Lightroom's own numbers have it (an angle set to 10 degrees turns 0.3, 0.4, 0.8, 0.9 of a
    3:2 picture into 0.36916, 0.374965, 0.73084, 0.925035 with CropAngle -10): the rectangle has
    its corners where the fields say and sides along (cos, sin) and (-sin, cos) of CropAngle, in
    pixels, x to the right and y down.

    Returns:
        A matrix [2, 3] from a place (x, y) in the upright crop to the place in the picture, in
        pixels from the corner (a pixel's centre is at one half), and the crop's height and width.

    Raises:
        InputError: less than LEAST_SIDE pixels are left on a side.
    """
    turn = orientation_matrix(orientation, height, width)
    sensor_width, sensor_height = np.abs(turn[:2, :2]).T @ (width, height)
    corner = np.array([crop.left * sensor_width, crop.top * sensor_height])
    across = np.array([crop.right * sensor_width, crop.bottom * sensor_height]) - corner
    angle = math.radians(crop.angle)
    sides = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    if crop.angle == 0.0:  # whole pixels
        across = np.rint(corner + across) - np.rint(corner)
        corner = np.rint(corner)
    crop_width, crop_height = (round(side) for side in across @ sides)
    if min(crop_width, crop_height) < LEAST_SIDE:
        raise InputError(f"the crop is {crop_width}x{crop_height} pixels: less than {LEAST_SIDE}")
    start = corner + (across - sides @ (crop_width, crop_height)) / 2
    on_sensor = np.eye(3)
    on_sensor[:2, :2], on_sensor[:2, 2] = sides, start
    size = np.abs(turn[:2, :2]) @ (crop_width, crop_height)
    upright_width, upright_height = (int(side) for side in size)
    turn_crop = orientation_matrix(orientation, upright_height, upright_width)
    matrix = turn @ on_sensor @ np.linalg.inv(turn_crop)
    return matrix[:2], upright_height, upright_width
