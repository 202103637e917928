"""What prediction and rendering are asked to do: typed, documented, never changed on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imaging.demosaic_names import AUTO as AUTO_DEMOSAIC
from imaging.demosaic_names import DEMOSAICS
from imaging.output_options import (
    COMPRESSIONS,
    DEFAULT_DETAIL,
    DEFAULT_ICC,
    GAMUT,
    GAMUTS,
    SUBSAMPLINGS,
    Detail,
)
from jobs.shard import Shard
from model.adapter import Adapter
from params.checks import check_choice, check_range
from params.edit_process import PROCESSES
from params.files import InputError
from params.outputs import panel_named
from params.panels import CURVE_FORMS

AUTO = "auto"  # instead of a checkpoint
LEAST_SIDE = 16  # of --max-size
PICTURE_SUFFIXES = (".tif", ".tiff", ".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class XmpOutput:
    """Whether and where an edit's XMP is written.

    write: XMP at all.
    curve: of the tone curve, "points" (16 at most) or "dense" (256).
    panels: of what is predicted those that are written, names of params.panels.PANELS or parts of
        them such as "mixer", "basic" for the ten sliders and the tone curve; None: all.
    embed: into a copy of a DNG, in dngs/; other RAW files get sidecars all the same.
    in_place: beside the RAW file, or with `embed` into the DNG itself; what was there is kept
        once as photo.xmp.bak, photo.dng.bak.

    Raises:
        InputError: another curve, or no such panel.
    """

    write: bool = True
    curve: str = "points"
    embed: bool = False
    in_place: bool = False
    panels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_choice("curve", self.curve, CURVE_FORMS)
        try:
            named = None if self.panels is None else tuple(map(panel_named, self.panels))
        except ValueError as error:
            raise InputError(f"panels: {error}") from error
        object.__setattr__(self, "panels", named)


@dataclass(frozen=True)
class PictureOutput:
    """How pictures are decoded and encoded.

    demosaic: how a mosaic's missing colours are found, one of imaging.demosaic_names.DEMOSAICS;
        "auto" is "gbtf" where the file allows it, else "ahd".
    max_size: of the long side in pixels, to which pictures are made smaller before they are
        edited; None: full size.

    icc_profile: RGB profile that the TIFF is encoded to and carries.
    bits: a channel of the TIFF, 8 or 16.
    compression: of the TIFF, lossless: None, "deflate", "zstd" or "lzw".
    jpeg_quality: 1 to 100.
    jpeg_subsampling: of the JPEG's colour: "4:4:4", "4:2:2" or "4:2:0".
    gamut: colours outside sRGB in JPEG and PNG: "compress" brings them inside, "clip" cuts off.
    detail: noise reduction and sharpening of JPEG and PNG; TIFFs have neither.

    Raises:
        InputError: a value out of its range.
    """

    demosaic: str = AUTO_DEMOSAIC
    max_size: int | None = None
    icc_profile: Path = DEFAULT_ICC
    bits: int = 16
    compression: str | None = None
    jpeg_quality: int = 95
    jpeg_subsampling: str = "4:4:4"
    gamut: str = GAMUT
    detail: Detail = DEFAULT_DETAIL

    def __post_init__(self) -> None:
        check_choice("demosaic", self.demosaic, DEMOSAICS)
        check_range("max_size", self.max_size, LEAST_SIDE)
        check_choice("bits", self.bits, (8, 16))
        check_choice("compression", self.compression, (None, *COMPRESSIONS))
        check_range("jpeg_quality", self.jpeg_quality, 1, 100)
        check_choice("jpeg_subsampling", self.jpeg_subsampling, SUBSAMPLINGS)
        check_choice("gamut", self.gamut, GAMUTS)


@dataclass(frozen=True)
class PredictSettings:
    """One run of a model, or of Auto, over RAW files.

    checkpoint: trained model (.pt), or hf://owner/repo/file.pt; None: Auto, which needs none.
    inputs: RAW files, folders (with `batch` or `recursive`), patterns such as "shoot/*.nef",
        "@list.txt" for the paths in a file.
    output: folder to write to; it mirrors the folders of the inputs.
    adapters: LoRA adapters, each by its weight.
    strength: how much of each edit, 0 (none) to 1.
    auto_white_balance: Auto finds a white balance too; else it stays as shot.
    consistent: the frames of a burst, and of a scene in one light, get one white balance, one
        exposure and one look, see stages.predict.consistent.
    constants: with the values that every edit of the style has; else predicted ones only.
    force_lora: take adapters that were trained on another base.
    batch: every RAW file in a folder.
    recursive: and those in its subfolders.
    overwrite: do again what is done.
    skip_existing: what is there counts as done, whatever it was made with; else only what was
        made with the same model, options and RAW file.
    jobs: pictures read, and written, side by side, which takes memory for 2 jobs + 1 of them;
        None: by the number of cores.
    cluster: Dask scheduler whose workers do whole pictures instead, see jobs.cluster.
    shard: the part of the pictures that this run is to do; None: all. Its report lies beside the
        others' until a run of all takes it over.
    xmp: XMP, in xmps/ unless it says otherwise.
    json: parameter files, in data/.
    preview: sRGB previews of the edit, in preview/.
    cube: the edit's global part as a look-up table, in luts/, for pictures in "srgb" or
        "prophoto"; None: none.
    contact_sheet: contact_sheet.html, all pictures before and after on one page.
    tiff: a full-size TIFF of each picture.
    jpeg: a full-size sRGB JPEG of each picture.
    pictures: how these are encoded.
    confidence: confidence.pt of an evaluation of this model, written into the parameter files;
        None: the default evaluation's where `min_confidence` needs one.
    min_confidence: 0..1; pictures below it are listed in review.csv, and done all the same.
    dry_run: print what would change in the settings, write nothing.
    device: where torch computes: "auto", "cuda", "mps" or "cpu".
    debug: raise the first error instead of naming it and going on.

    Raises:
        InputError: a value out of its range, a single path as `inputs`, or what Auto and a trained
            model do not have in common.
    """

    checkpoint: Path | None
    inputs: Sequence[str | Path]
    output: Path
    adapters: Sequence[Adapter] = ()
    constants: bool = True
    force_lora: bool = False
    batch: bool = False
    recursive: bool = False
    overwrite: bool = False
    jobs: int | None = None
    cluster: str | None = None
    shard: Shard | None = None
    xmp: XmpOutput = XmpOutput()
    json: bool = False
    preview: bool = False
    cube: str | None = None
    contact_sheet: bool = False
    tiff: bool = False
    jpeg: bool = False
    pictures: PictureOutput = PictureOutput()
    confidence: Path | None = None
    min_confidence: float | None = None
    dry_run: bool = False
    device: str = "auto"
    debug: bool = False
    strength: float = 1.0
    consistent: bool = False
    auto_white_balance: bool = False
    skip_existing: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.inputs, str | Path):  # a string would be taken letter by letter
            raise InputError(f"inputs is {str(self.inputs)!r}, not a list of paths")
        check_range("jobs", self.jobs, 1)
        if self.consistent and (self.cluster or self.shard):
            raise InputError("consistent: looks at whole scenes; not with cluster or shard")
        if self.shard and self.contact_sheet:
            raise InputError("contact_sheet: of all pictures; not with shard, but in a run of all")
        check_range("min_confidence", self.min_confidence, 0.0, 1.0)
        check_range("strength", self.strength, 0.0, 1.0)
        if self.checkpoint is not None and self.auto_white_balance:
            raise InputError("auto_white_balance: a trained model predicts its own; leave it out")
        if self.checkpoint is None and self.adapters:
            raise InputError("LoRA adapters need the model they were trained on: a checkpoint")
        if self.checkpoint is None and (self.confidence or self.min_confidence is not None):
            raise InputError("confidence is known of trained models only: name a checkpoint")

    @property
    def model(self) -> str:
        """What predicts, as it was asked for."""
        return AUTO if self.checkpoint is None else str(self.checkpoint)

    @property
    def by(self) -> str:
        """What predicts, in a word or two: a checkpoint by its file's name."""
        name = AUTO if self.checkpoint is None else self.checkpoint.name
        return name if self.strength == 1.0 else f"{name} at {self.strength:.0%}"

    @property
    def draws(self) -> bool:
        """Whether edits are rendered, at whatever size."""
        return self.renders or self.preview or self.contact_sheet

    @property
    def renders(self) -> bool:
        """Whether full-size pictures are wanted."""
        return self.tiff or self.jpeg

    @property
    def writes(self) -> bool:
        """Whether anything is wanted at all."""
        exports = self.xmp.write, self.json, self.preview, bool(self.cube), self.contact_sheet
        return self.renders or any(exports)


@dataclass(frozen=True)
class RenderSettings:
    """One RAW file rendered with an edit that is known.

    raw: the RAW file.
    edit: a parameter file (.json), XMP, or sliders by Camera Raw's names, such as
        {"Exposure2012": 0.5}; those left out are neutral.
    output: the picture to write: TIFF, JPEG or PNG by its suffix.
    process: edit process that XMP or sliders are for; None: the one that XMP was written for
        where that was this project, else 2.
    profiles: folders with the user's own look profiles; those of Camera Raw come after them.
    crop: crop and straighten the picture as XMP says.
    overwrite: replace `output` where it is there already.
    pictures: how the picture is encoded.
    device: where torch computes: "auto", "cuda", "mps" or "cpu".

    Raises:
        InputError: a suffix of no picture, a folder that there isn't, or a value out of its range.
    """

    raw: Path
    edit: Path | Mapping[str, Any]
    output: Path
    process: int | None = None
    profiles: Sequence[Path] = ()
    crop: bool = True
    overwrite: bool = False
    pictures: PictureOutput = PictureOutput()
    device: str = "auto"

    def __post_init__(self) -> None:
        check_picture_name(self.output)
        inputs = [self.raw] + ([self.edit] if isinstance(self.edit, Path) else [])
        if any(self.output.resolve() == one.resolve() for one in inputs):
            raise InputError(f"{self.output}: is what would be rendered; write to another file")
        check_choice("process", self.process, (None, *PROCESSES))
        for folder in self.profiles:
            if not folder.is_dir():
                raise InputError(f"profiles: {folder} is not a folder")


def check_picture_name(path: Path) -> None:
    """Raise InputError unless a file's suffix is that of a picture we write."""
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise InputError(f"{path}: ends neither in .tif nor in .jpg or .png")
