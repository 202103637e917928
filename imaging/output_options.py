"""How pictures can be written: what flags and settings offer, told without loading a writer."""

from dataclasses import dataclass

from params.checks import check_range
from params.files import REPO_ROOT

# Of a TIFF -> tifffile's name for it.
COMPRESSIONS = {"deflate": "zlib", "zstd": "zstd", "lzw": "lzw"}
DEFAULT_ICC = REPO_ROOT / "ProPhoto.icm"
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")
GAMUTS = ("compress", "clip")
GAMUT = "compress"  # what pictures to look at have; the model's own input is clipped
# Camera Raw's own for RAW files.
COLOR_NOISE, SHARPNESS = 25, 40


@dataclass(frozen=True)
class Detail:
    """What is done to a finished picture, in Camera Raw's numbers.

    sharpness: 0 to 150.
    color_noise: reduction, 0 to 100.
    luminance_noise: reduction, 0 to 100; slow.

    Raises:
        InputError: a value out of its range.
    """

    sharpness: int = SHARPNESS
    color_noise: int = COLOR_NOISE
    luminance_noise: int = 0

    def __post_init__(self) -> None:
        check_range("sharpness", self.sharpness, 0, 150)
        check_range("color_noise", self.color_noise, 0, 100)
        check_range("luminance_noise", self.luminance_noise, 0, 100)

    @property
    def does_nothing(self) -> bool:
        return not (self.sharpness or self.color_noise or self.luminance_noise)

    def settings(self) -> dict[str, str]:
        """Camera Raw's fields of what was done."""
        return {
            "Sharpness": str(self.sharpness),
            "ColorNoiseReduction": str(self.color_noise),
            "LuminanceSmoothing": str(self.luminance_noise),
        }


DEFAULT_DETAIL = Detail()
