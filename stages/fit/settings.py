"""How a RAW/TIFF pair is fitted, and what is written of it."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from jobs.shard import Shard
from jobs.where import Where, beside
from model.fit_options import SOLVERS, FitOptions
from params.checks import check_choice, check_range
from params.edit_process import MASKS, PROCESSES
from params.files import InputError
from params.panels import CURVE_FORMS
from params.ranges import neutral_params


@dataclass(frozen=True)
class Exports:
    """What a fit leaves beside the parameter file.

    Attributes:
        xmp: a Camera Raw sidecar, in xmps/.
        xmp_curve: how the sidecar holds the tone curve: "points" (at most 16) or "dense" (256).
        preview: the RAW's preview, in preview/; training needs it.
        cube: a look-up table in luts/, for pictures in "srgb" or "prophoto"; None: none.
        debug_preview: unedited, fitted and TIFF side by side, in debug_previews/.

    Raises:
        InputError: another xmp_curve.
    """

    xmp: bool = True
    xmp_curve: str = "points"
    preview: bool = True
    cube: str | None = None
    debug_preview: bool = False

    def __post_init__(self) -> None:
        check_choice("xmp_curve", self.xmp_curve, CURVE_FORMS)


@dataclass(frozen=True)
class FitSettings:
    """Settings of the fitting stage; model.fit.fit has more on the solvers.

    Attributes:
        solver: "lm" (second order, on a sample of pixels) or "adam" (on all of them, slow).
        steps: of adam, 1 or more; lm takes what it needs.
        knots: of the tone curve, 2..1024.
        process: the edit process, 1 or 2.
        seed: of the sample of pixels, 0 or more. The same seed gives the same fit.
        masks: regional masks of process 1, "plain" or "centred" (solver adam only).
        batch: pairs that lm solves side by side, 1 or more; more than 1 pays on a GPU.
        sliders: panels whose sliders move beside the basic ones, which always do: of process 2
            "mixer", "grading", "parametric" and "calibration"; "basic" may be among them.
        plausible: how much weight lm gives in process 2 to what photographers do, against coming
            near the picture, 0..1000: 0 is none, 1 the usual.
        consistent: whether each photographer's edits are fitted as one recipe with small
            differences (process 2, solver lm).
        device: where torch computes: "auto", "cpu", "cuda" or "mps".
        workers: processes, 1..256, among which the pairs are shared out (batch 1 only).
        cluster: Dask scheduler whose workers fit instead (batch 1 only), see jobs.cluster.
        shard: the part of the pairs that this run is to fit; None: all.
        overwrite: whether finished pairs are fitted again.
        debug: whether a failure ends the run with its traceback, not the pair with one line.
        exports: what is written.

    Raises:
        InputError: a value out of its range, or masks or panels that can't be fitted so.
    """

    solver: str = FitOptions.solver
    steps: int = FitOptions.steps
    knots: int = FitOptions.knots
    process: int = FitOptions.process
    masks: str = FitOptions.masks
    seed: int = FitOptions.seed
    sliders: tuple[str, ...] = FitOptions.sliders
    plausible: float = FitOptions.plausible
    consistent: bool = False
    batch: int = 1
    device: str = FitOptions.device
    workers: int = 1
    cluster: str | None = None
    shard: Shard | None = None
    overwrite: bool = False
    debug: bool = False
    exports: Exports = field(default_factory=Exports)

    def __post_init__(self) -> None:
        check_choice("solver", self.solver, SOLVERS)
        check_range("steps", self.steps, 1)
        check_range("knots", self.knots, 2, 1024)
        check_choice("process", self.process, PROCESSES)
        check_choice("masks", self.masks, MASKS)
        check_range("seed", self.seed, 0)
        check_range("batch", self.batch, 1)
        check_range("workers", self.workers, 1, 256)
        if self.cluster and self.batch > 1:
            raise InputError("batch: a cluster's workers fit one pair at a time")
        options = self.options()
        if self.consistent:
            replace(options, recipe=neutral_params())

    def where(self, folder: Path) -> Where:
        """Where pairs are fitted whose results go to `folder`."""
        return beside(self.workers, self.cluster, folder)

    def options(self) -> FitOptions:
        """What model.fit.fit does with each picture."""
        shared = {f.name for f in fields(FitOptions)} & {f.name for f in fields(self)}
        same = {name: getattr(self, name) for name in shared}
        return FitOptions(**same | {"sliders": tuple(self.sliders)})
