"""The edit processes: everything about an edit's numbers and files that differs between them.

Files, flags and settings carry a process's number; edit_process() turns it into an EditProcess.
Nothing else compares numbers or keeps tables by number. How a process renders and how it is
fitted is the other half of it: model.edit.rendered_process.
"""

from dataclasses import dataclass

from params.ranges import CURVE_KNOTS

# Regional masks: as they are, or each less its mean over the picture.
MASKS = ("plain", "centred")


@dataclass(frozen=True)
class EditProcess:
    """What an edit's numbers mean, and what they need.

    number: in parameter files, checkpoints and flags.
    title: for people, a few words.
    camera_color: pixels are decoded with the camera's own colour matrix, and rendering an edit
        needs the shot; else LibRaw's matrix serves and the shot tells nothing.
    white_by_effect: kelvin and tint are a colour of this project's own. In XMP they become those
        at which Camera Raw gives a neutral patch the same colour; else they are Camera Raw's,
        relative to the shot by mired.
    curve_on_linear: the tone curve acts on linear values, without Camera Raw's base curve; else
        on sRGB-encoded values after it, as Camera Raw's point curve does.
    curve_tolerance: how far the points written to XMP may be off the tone curve before a
        warning says so, in steps of 255.
    curve_knots_read: values in a tone curve that is read from XMP's points.
    redundant_sliders: those that do what others do too; fits leave them at 0.
    local_sliders: those that look at a pixel's surroundings, which no table of colours can hold.
    masks: the regional masks that there are, of MASKS.
    panels: those of params.panels.PANELS whose sliders and curves its edits may hold beside the
        basic ones.
    free_curve: its tone curve may fall and need not end at 0 and 1.
    looks: its edits may have a creative look on top.
    """

    number: int
    title: str
    camera_color: bool
    white_by_effect: bool
    curve_on_linear: bool
    curve_tolerance: float
    curve_knots_read: int
    redundant_sliders: tuple[str, ...] = ()
    local_sliders: tuple[str, ...] = ()
    masks: tuple[str, ...] = MASKS[:1]
    panels: tuple[str, ...] = ()
    free_curve: bool = False
    looks: bool = False


# docs/process-1.md. The tone curve's corners lie at the usual knots; written as points they are
# often out of reach. Temperature and Tint act along one line of colours.
PROCESS_1 = EditProcess(
    number=1,
    title="the published models' own editor",
    camera_color=False,
    white_by_effect=True,
    curve_on_linear=True,
    curve_tolerance=3.0,
    curve_knots_read=CURVE_KNOTS,
    redundant_sliders=("Tint",),
    masks=MASKS,
)
# docs/process-2.md. A curve that is read has a knot at each of its 256 whole numbers, where a
# clipped or raised one has its corners: with one every 3 steps it was up to 1.6 off at them.
PROCESS_2 = EditProcess(
    number=2,
    title="after Camera Raw's process version 5",
    camera_color=True,
    white_by_effect=False,
    curve_on_linear=False,
    curve_tolerance=0.5,
    curve_knots_read=256,
    local_sliders=(
        *("Highlights2012", "Shadows2012", "Clarity2012", "Texture", "Dehaze"),
        *("PostCropVignetteAmount", "GrainAmount"),
    ),
    panels=(
        "color_mixer",
        "color_grading",
        "parametric_curve",
        "calibration",
        "black_and_white",
        "curves",
        "detail_presence",
        "vignette",
        "grain",
    ),
    free_curve=True,
    looks=True,
)
_BY_NUMBER = {process.number: process for process in (PROCESS_1, PROCESS_2)}
PROCESSES = tuple(_BY_NUMBER)
# Of new fits, and of settings that Camera Raw wrote. Files and checkpoints that name no process
# are of process 1.
DEFAULT_PROCESS = PROCESS_2.number


def edit_process(number: int) -> EditProcess:
    """The edit process of this number. Raises ValueError for one that is not known."""
    if number not in PROCESSES:
        raise ValueError(f"edit process {number} is not known; known: {PROCESSES}")
    return _BY_NUMBER[number]
