"""What a RAW file says of its camera's colour: matrices and the as-shot neutral."""

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from imaging.raw_file import RawFile
from imaging.tiff_pages import tag_numbers
from params.crop import Window
from params.files import InputError
from params.profile_table import MOST_ENTRIES, ProfileTable, profile_table
from params.rendering import SHADOWS, Rendering
from params.white_balance import CameraColor, as_shot
from params.xmp_curve import natural_cubic

if TYPE_CHECKING:
    from params.resolved_look import ResolvedLook

log = logging.getLogger(__name__)

# DNG specification 1.7: tag numbers.
_MATRIX_TAGS = {
    "color_matrix_1": 50721,
    "color_matrix_2": 50722,
    "calibration_1": 50723,
    "calibration_2": 50724,
    "forward_matrix_1": 50964,
    "forward_matrix_2": 50965,
}
_ANALOG_BALANCE = 50727
_AS_SHOT_NEUTRAL = 50728
_AS_SHOT_WHITE_XY = 50729
_ILLUMINANTS = {"illuminant_1": 50778, "illuminant_2": 50779}
_CAMERA_SIGNATURE, _PROFILE_SIGNATURE = 50931, 50932
_BASELINE_EXPOSURE, _BASELINE_EXPOSURE_OFFSET = 50730, 51109
_PROFILE_TONE_CURVE, _DEFAULT_BLACK_RENDER = 50940, 51110
# Dimensions, data (one for each illuminant) and encoding of the profile's tables.
_HUE_SAT_MAP = (50937, (50938, 50939), 51107)
_LOOK_TABLE = (50981, (50982,), 51108)
_D65 = 21
_MOST_EXPOSURE = 10.0  # EV
_MOST_POINTS = 512


@dataclass(frozen=True)
class Shot:
    """Camera colour of one picture. Either may be unknown.

    color: the camera's matrices.
    neutral: camera RGB of a patch that the as-shot white balance makes grey, largest 1.
    rendering: its own part in the default rendering.
    """

    color: CameraColor | None
    neutral: tuple[float, float, float] | None
    rendering: Rendering = field(default_factory=Rendering)

    def with_look(self, look: "ResolvedLook | None", window: Window | None = None) -> "Shot":
        """The shot rendered with a creative look, and as a crop sees it."""
        return replace(self, rendering=replace(self.rendering, creative=look, window=window))

    def as_shot(self) -> dict[str, float] | None:
        """{Temperature, Tint} as Camera Raw shows them for this shot, when known."""
        if self.color is None or self.neutral is None:
            return None
        return as_shot(self.color, self.neutral)


def read_shot(path: Path | str) -> Shot:
    """Read a RAW file's matrices and neutral: from its DNG tags, else as LibRaw knows them.

    Raises:
        InputError: not a RAW file that LibRaw reads.
    """
    from imaging.raw_picture import RawPicture  # which is made of what is here

    with RawPicture(path) as picture:
        return picture.shot


def shot_of(file: RawFile) -> Shot:
    """As read_shot, of a file that is open."""
    facts = file.facts()
    tags = _dng_tags(file)
    color = _color_from_tags(file, tags)
    if color is None and np.isfinite(facts.matrix).all() and facts.matrix.any():
        color = _camera_color(file, color_matrix_1=facts.matrix, illuminant_1=_D65)
    if color is None:
        file.warn("no colour matrix known; kelvin is relative to 6500")
    neutral = _neutral(tags, color, facts.balance)
    return Shot(color, neutral, _rendering(file, tags))


def _neutral(
    tags: dict[int, np.ndarray], color: CameraColor | None, balance: np.ndarray
) -> tuple[float, float, float] | None:
    """The first that is three positive numbers: AsShotNeutral, AsShotWhiteXY, LibRaw's."""
    candidates = [tags.get(_AS_SHOT_NEUTRAL)]
    xy = tags.get(_AS_SHOT_WHITE_XY)
    if color is not None and _is_white(xy):
        white_xyz = np.array([xy[0] / xy[1], 1.0, (1.0 - xy[0] - xy[1]) / xy[1]])
        candidates.append(color.xyz_to_camera((float(xy[0]), float(xy[1]))) @ white_xyz)
    if _AS_SHOT_NEUTRAL not in tags and (balance > 0).all():  # else LibRaw's is of that, too
        candidates.append(1.0 / balance)
    for values in candidates:
        if values is None or values.size != 3 or values.dtype.kind != "f":
            continue
        if np.isfinite(values).all() and (values > 0).all():
            red, green, blue = (values / values.max()).tolist()
            return red, green, blue
    return None


def _is_white(xy: np.ndarray | None) -> TypeGuard[np.ndarray]:
    """Whether it is the chromaticity of a light."""
    if xy is None or xy.size != 2 or xy.dtype.kind != "f":
        return False
    return bool((xy > 0).all() and xy.sum() < 1)


def _rendering(file: RawFile, tags: dict[int, np.ndarray]) -> Rendering:
    """The DNG's own exposure, black, curve and tables; what is not legal there is left out."""
    parts = (_number(tags, tag) for tag in (_BASELINE_EXPOSURE, _BASELINE_EXPOSURE_OFFSET))
    exposure = sum(part for part in parts if part is not None)
    if not abs(exposure) <= _MOST_EXPOSURE:
        file.warn(f"a baseline exposure of {exposure:g} EV is not used")
        exposure = 0.0
    shadows = 0.0 if _number(tags, _DEFAULT_BLACK_RENDER) == 1.0 else SHADOWS
    return Rendering(
        exposure=exposure,
        shadows=shadows,
        curve=_tone_curve(file, tags),
        hue_sat=_tables(file, tags, *_HUE_SAT_MAP),
        look=_tables(file, tags, *_LOOK_TABLE),
    )


def _tone_curve(file: RawFile, tags: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    curve = tags.get(_PROFILE_TONE_CURVE)
    if curve is None:
        return None
    x, y = curve[0::2], curve[1::2]
    legal = x.size >= 2 and x.size == y.size and np.isfinite(curve).all()
    if not (legal and x[0] == y[0] == 0.0 and x[-1] == y[-1] == 1.0 and np.diff(x).min() > 0.0):
        file.warn("its profile's tone curve is damaged: the default is used")
        return None
    fine = np.linspace(0.0, 1.0, 4097) ** 2
    # A spline needs memory with the square of its points, and many points need no spline.
    drawn = natural_cubic(x, y, fine) if x.size <= _MOST_POINTS else np.interp(fine, x, y)
    return fine, drawn.clip(0.0, 1.0)


def _tables(
    file: RawFile, tags: dict[int, np.ndarray], dims: int, data: tuple[int, ...], encoding: int
) -> tuple[ProfileTable, ...]:
    """Those from the first on that are there; none where one is damaged."""
    given = [tags[tag] for tag in data if data[0] in tags and tag in tags]
    try:
        return tuple(
            profile_table(tags.get(dims, ()), numbers, tags.get(encoding, (0,)))
            for numbers in given
        )
    except ValueError as error:
        file.warn(f"its profile's table (tag {data[0]}) is not used: {error}")
        return ()


def _color_from_tags(file: RawFile, tags: dict[int, np.ndarray]) -> CameraColor | None:
    given: dict[str, Any] = {
        name: tags[number].reshape(3, 3)
        for name, number in _MATRIX_TAGS.items()
        if number in tags and tags[number].size == 9
    }
    missing = np.array([""])
    camera, profile = (tags.get(t, missing) for t in (_CAMERA_SIGNATURE, _PROFILE_SIGNATURE))
    if not np.array_equal(camera, profile):
        given.pop("calibration_1", None)
        given.pop("calibration_2", None)
    if _ANALOG_BALANCE in tags and tags[_ANALOG_BALANCE].size == 3:
        given["analog_balance"] = tags[_ANALOG_BALANCE]
    for name, number in _ILLUMINANTS.items():
        light = _number(tags, number)
        if light is not None and 0.0 <= light < 65536.0:
            given[name] = int(light)
    usable = _usable(file, given)
    return _camera_color(file, **usable) if "color_matrix_1" in usable else None


def _usable(file: RawFile, given: dict[str, Any]) -> dict[str, Any]:
    """The matrices without those that cannot be used: each costs no more than itself.

    Where the first ColorMatrix is such a one, the second illuminant's matrices stand alone.
    """
    identity = np.eye(3)
    good = {}
    for name, value in given.items():
        try:
            with np.errstate(divide="ignore", invalid="ignore"):
                CameraColor(**{"color_matrix_1": identity, name: value})
            good[name] = value
        except ValueError as error:
            file.warn(f"{str(error).replace(name, _spoken(name))}: not used")
    if "color_matrix_1" not in good:
        second = {name[:-1] + "1": value for name, value in good.items() if name.endswith("_2")}
        rest = {name: value for name, value in good.items() if name == "analog_balance"}
        return second | rest
    if "color_matrix_2" not in good:  # nothing then belongs to the second illuminant
        return {name: value for name, value in good.items() if not name.endswith("_2")}
    return good


def _spoken(name: str) -> str:
    """A field of CameraColor as the DNG specification calls it: CameraCalibration1."""
    return name.replace("calibration", "camera_calibration").title().replace("_", "")


def _camera_color(file: RawFile, **given: Any) -> CameraColor | None:
    try:
        return CameraColor(**given)
    except ValueError as error:
        file.warn(f"colour matrices not used: {error}")
        return None


def _dng_tags(file: RawFile) -> dict[int, np.ndarray]:
    """The first directory's colour tags as flat arrays; rationals are divided out."""
    wanted = {*_MATRIX_TAGS.values(), *_ILLUMINANTS.values(), _ANALOG_BALANCE}
    wanted |= {_BASELINE_EXPOSURE, _BASELINE_EXPOSURE_OFFSET, _PROFILE_TONE_CURVE}
    wanted |= {
        _DEFAULT_BLACK_RENDER,
        _AS_SHOT_NEUTRAL,
        _AS_SHOT_WHITE_XY,
        _CAMERA_SIGNATURE,
        _PROFILE_SIGNATURE,
    }
    for dims, data, encoding in (_HUE_SAT_MAP, _LOOK_TABLE):
        wanted |= {dims, *data, encoding}
    found: dict[int, np.ndarray] = {}
    room = 3 * MOST_ENTRIES  # of all together: values may be the same bytes of the file
    try:
        tiff = file.tiff()
        for tag in tiff.pages.first.tags if tiff else ():
            if tag.code not in wanted or tag.code in found:
                continue
            if tag.count > room:
                file.warn(f"tag {tag.code} has {tag.count} values: not read")
                continue
            room -= tag.count
            found[tag.code] = _numbers(tag)
    except InputError:
        raise
    except Exception as error:
        log.debug("%s: no DNG tags: %s", file.path, error)
    return found


def _number(tags: dict[int, np.ndarray], tag: int) -> float | None:
    """A tag's one number; None where it is missing, text, or several."""
    values = tags.get(tag)
    alone = values is not None and values.size == 1 and values.dtype.kind == "f"
    return float(values[0]) if values is not None and alone else None


def _numbers(tag: Any) -> np.ndarray:
    if isinstance(tag.value, str | bytes):
        return np.array([str(tag.value)])
    return tag_numbers(tag)
