"""Settings of training and of LoRA fine-tuning: what the stages take, and nothing below changes.

The command line has a flag of the same name for each; its defaults are these.
"""

import dataclasses
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataset.manifest import DEFAULT_CACHE, DEFAULT_MANIFEST
from model.config import (
    FUSIONS,
    NO_RESIDUAL,
    RESIDUALS,
    STATISTICS_BACKBONE,
    BackboneConfig,
)
from model.loop_settings import LoopSettings
from params.checks import check_choice, check_positive, check_range
from params.edit_process import MASKS, PROCESSES
from params.files import REPO_ROOT, InputError
from params.outputs import AUTO, panels_asked
from params.ranges import CURVE_KNOTS

# Of the loop's settings those without a flag: the same in every run.
FIXED = ("warm_up", "clip")
# Epochs and learning rate where none are given: of encoders, and of the statistics backbone, which
# is small and has no weights to keep.
DEFAULTS = {"epochs": 20, "lr": 3e-4}
STATISTICS_DEFAULTS = {"epochs": 30, "lr": 1e-3}
# Of adapters: training pictures up to which, learning rate, epochs; and of very few, where an epoch
# is a step or two, as many epochs as make so many steps.
_LORA_DEFAULTS = ((500, 1e-3, 30), (5000, 3e-4, 15), (math.inf, 1e-4, 10))
_LEAST_STEPS, _MOST_EPOCHS = 200, 100
# Cross-validation's folds; training pictures up to which it chooses an adapter's epoch, and
# validation pictures from which on these do.
FOLDS, MOST_CROSS_VALIDATED, ENOUGH_HELD_OUT = 3, 200, 20
FOLDS_TABLE = "cross_validation.csv"  # in the run's folder: each fold's loss by epoch
RIDGE, GRADIENT = "ridge", "gradient"
LEARNERS = (AUTO, RIDGE, GRADIENT)
# Training pictures up to which learner "auto" is ridge.
MOST_RIDGE = 1000


@dataclass(frozen=True, kw_only=True)
class RunSettings(LoopSettings):
    """What training and LoRA fine-tuning share, on top of the loop's settings.

    Attributes:
        manifest: JSONL manifest of the fits.
        train_split, val_split: the splits to train and to validate on.
        train_limit, val_limit: at most so many pictures of each, 1 or more; None: all.
        workers: processes that load data, 0 or more; 0 loads in this one.
        cluster: Dask scheduler whose workers decode pictures, and fit them anew where that is
            needed, before training begins; None: this machine does.
        cache: folder of decoded previews and pairs.
        cache_size: GB that it has at most from now on; None: as was set before.
        batch_size: pictures a step and process, 1 or more.
        flip: whether every other picture is mirrored in training.
        use_edit_layer: whether rendered pictures are compared as well, which needs the RAW
            and TIFF files.
        image_loss_weight: of the picture loss against the parameter loss, 0..1, with
            use_edit_layer.
        edit_resolution: long side at which edits are rendered, pixels, 1 or more.
        sliders: what is predicted beside the ten sliders and the tone curve: "auto" chooses among
            all panels of the edit process by the training set, "basic" is nothing more, panels
            with commas between ("mixer,grading") are what is chosen from.
        output: folder that the run's files go to.
        resume: whether to go on from last.pt in that folder, if there is one.
        save_frequency: epochs from one numbered checkpoint to the next, 1 or more.
        tensorboard: whether events for TensorBoard are written as well.
        device: where torch computes: "auto" (the best there is), "cuda", "mps" or "cpu".
        debug: whether the command shows tracebacks; only recorded, in args.json.

    Raises:
        InputError: a value out of its range.
    """

    manifest: Path = DEFAULT_MANIFEST
    train_split: str = "training"
    val_split: str = "validation"
    train_limit: int | None = None
    val_limit: int | None = None
    workers: int = 2
    cluster: str | None = None
    cache: Path = DEFAULT_CACHE
    cache_size: float | None = None
    batch_size: int = 32
    flip: bool = True
    use_edit_layer: bool = False
    image_loss_weight: float = 0.7
    edit_resolution: int = 512
    sliders: str = AUTO
    output: Path
    resume: bool = False
    save_frequency: int = 1
    tensorboard: bool = False
    device: str = "auto"
    debug: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("train_limit", self.train_limit, 1)
        check_range("val_limit", self.val_limit, 1)
        check_range("workers", self.workers, 0)
        check_positive("cache_size", 1.0 if self.cache_size is None else self.cache_size)
        check_range("batch_size", self.batch_size, 1)
        check_range("image_loss_weight", self.image_loss_weight, 0.0, 1.0)
        check_range("edit_resolution", self.edit_resolution, 1)
        check_range("save_frequency", self.save_frequency, 1)
        try:
            panels_asked(self.sliders)
        except ValueError as error:
            raise InputError(f"sliders: {error}") from error

    @property
    def picture_weight(self) -> float:
        """The picture loss's weight, 0..1: 0 without use_edit_layer."""
        return self.image_loss_weight if self.use_edit_layer else 0.0

    def as_json(self) -> dict[str, Any]:
        """The settings by name as args.json holds them, paths as text, without FIXED."""
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in dataclasses.asdict(self).items()
            if name not in FIXED
        }


@dataclass(frozen=True, kw_only=True)
class TrainSettings(RunSettings):
    """Settings of training a model.

    Attributes:
        epochs, lr: as above; None: the backbone's own, DEFAULTS or STATISTICS_DEFAULTS.
        backbone: a timm model's name, or "statistics".
        image_size: side of the model's input, pixels, 16..2048.
        pretrained_backbone: whether to begin with timm's weights, from the network.
        backbone_weights: file of weights for the backbone to begin with; None: random ones.
        curve_knots: of the predicted tone curve, 2..1024.
        process: edit process, 1 or 2; None: the fits' own. Fits of the other are made anew.
        metadata: how the features learn of ISO, shutter, aperture and camera: "none", "film"
            (scaled and shifted) or "concat" (side by side).
        masks: regional masks of the fits, one of params.edit_process.MASKS.
        residual: "auto": the sliders are learnt as differences to each picture's automatic edit,
            which needs its RAW file and edit process 2; "none": as they are.
        learner: "ridge": heads are linear, and solved at once, as strongly regularised as
            cross-validation inside the training set finds best (model.ridge_heads); "gradient":
            trained step by step; "auto": the first for backbone "statistics" and at most
            MOST_RIDGE pictures.
        output: by default run/checkpoints in the repository.
    """

    # None until __post_init__, never after it.
    epochs: int = None  # type: ignore[assignment]
    lr: float = None  # type: ignore[assignment]
    backbone: str = BackboneConfig.name
    image_size: int = BackboneConfig.image_size
    pretrained_backbone: bool = False
    backbone_weights: Path | None = None
    curve_knots: int = CURVE_KNOTS
    process: int | None = None
    metadata: str = "none"
    masks: str = "plain"
    residual: str = NO_RESIDUAL
    learner: str = AUTO
    output: Path = REPO_ROOT / "run" / "checkpoints"

    def __post_init__(self) -> None:
        statistics = self.backbone == STATISTICS_BACKBONE
        for name, value in (STATISTICS_DEFAULTS if statistics else DEFAULTS).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        super().__post_init__()
        if statistics and (self.pretrained_backbone or self.backbone_weights):
            raise InputError("backbone statistics: has no pretrained weights")
        check_range("image_size", self.image_size, 16, 2048)
        check_range("curve_knots", self.curve_knots, 2, 1024)
        check_choice("process", self.process, (None, *PROCESSES))
        check_choice("metadata", self.metadata, FUSIONS)
        check_choice("masks", self.masks, MASKS)
        check_choice("residual", self.residual, RESIDUALS)
        check_choice("learner", self.learner, LEARNERS)
        if self.learner == RIDGE:
            if self.use_edit_layer:
                raise InputError("learner ridge compares no rendered pictures: not use_edit_layer")
            if self.metadata != "none":
                raise InputError("learner ridge has nothing that learns of metadata")


@dataclass(frozen=True, kw_only=True)
class LoraSettings(RunSettings):
    """Settings of fine-tuning a model with low-rank adapters (LoRA).

    Attributes:
        checkpoint: the base model, or hf://owner/repo/file.pt. Its edit process is the run's.
        lora_rank: of the adapters, 1..1024.
        lora_alpha: what their output is scaled by, over the rank; above 0.
        lora_target: patterns of layers relative to the backbone, such as
            "encoder.blocks.*.attn.qkv"; None: attention and MLP layers, that of statistics,
            or of a backbone without these all convolutions.
        train_heads: whether the slider and tone curve heads are trained as well.
        output: by default outputs/lora in the repository.
        epochs, lr: as in training; None: by the number of training pictures, see for_pictures().
        folds: parts of the training split, 2..20, by cross-validation over which the best epoch
            is chosen; 0: by the validation split; None: FOLDS for few pictures and without
            `epochs`, else 0.
        batch_size: as in training, with another default.
    """

    checkpoint: Path
    lora_rank: int = 8
    lora_alpha: float = 16.0
    lora_target: tuple[str, ...] | None = None
    train_heads: bool = False
    output: Path = REPO_ROOT / "outputs" / "lora"
    epochs: int = None  # type: ignore[assignment]
    lr: float = None  # type: ignore[assignment]
    folds: int | None = None
    batch_size: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.folds != 0:
            check_range("folds", self.folds, 2, 20)
        check_range("lora_rank", self.lora_rank, 1, 1024)
        check_positive("lora_alpha", self.lora_alpha)
        if isinstance(self.lora_target, str):  # it would be taken letter by letter
            raise InputError(f"lora_target is {self.lora_target!r}, not a tuple of patterns")

    def for_pictures(self, count: int, held_out: int = 0) -> "LoraSettings":
        """The settings with what suits so many training and validation pictures."""
        lr = next(lr for most, lr, _ in _LORA_DEFAULTS if count <= most)
        epochs = next(epochs for most, _, epochs in _LORA_DEFAULTS if count <= most)
        few = count <= MOST_CROSS_VALIDATED and held_out < ENOUGH_HELD_OUT
        folds = FOLDS if few and self.epochs is None else 0
        least = math.ceil(_LEAST_STEPS * self.batch_size / max(count, 1))
        return replace(
            self,
            lr=lr if self.lr is None else self.lr,
            epochs=max(epochs, min(least, _MOST_EPOCHS)) if self.epochs is None else self.epochs,
            folds=folds if self.folds is None else self.folds,
        )
