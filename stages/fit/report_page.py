"""The report of a folder of fits as one HTML file: how near they came, and by which sliders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataset.set_folder import Outputs
from imaging.preview import read_preview
from model.edit.fit_rules import PANEL_SPREAD, SPREADS, WHEEL_SPREAD
from params.files import InputError
from params.panels import BASIC, CHANNEL_CURVES, GRADING_WHEELS, PANELS, panel_sliders
from params.ranges import SLIDERS, Slider
from params.record import Record
from report.charts import BLUE, RED, add_axes, named_with_unit, new_figure, styled, to_svg
from report.html_page import picture_uri, write_page
from stages.fit.draw_fit import delta_e_of

# What a photographer hardly does: so many spreads of real edits from neutral, or so far on a
# slider that ends at 100.
MANY, FAR = 2.0, 60.0
# An outlier is further off than so many times the median.
OUTLIER = 2.5
_WORST, _PICTURES, _UNLIKELY, _RECIPES = 20, 6, 40, 40
_THUMBNAIL = 240
# A hue goes round: its mean says nothing, nor is any further from neutral than another.
_HUES = tuple(hue for hue, _ in GRADING_WHEELS)
_SATURATIONS = tuple(saturation for _, saturation in GRADING_WHEELS)


def write_report(outputs: Outputs, process: int) -> None:
    """Write the page of the fits of an edit process in a folder, from their parameter files.

    Raises:
        InputError: the folder refuses.
    """
    fits = [
        record
        for _, record in outputs.records()
        if record.process == process and np.isfinite(_error(record))
    ]
    if not fits:
        return
    fits.sort(key=_error, reverse=True)
    held = {name for record in fits for name in record.params}
    others = panel_sliders((name for name in PANELS if name != BASIC.name), held)
    sliders = (*SLIDERS, *others)
    moves = np.array([_moves(record.params, sliders) for record in fits])
    write_page(
        outputs.fit_report,
        "fits",
        f"Fits in edit process {process}: {_pictures(len(fits))}",
        {},
        notes=_notes(fits, moves, sliders),
        drawn=[_histogram([_error(record) for record in fits])],
        many=f"{MANY:g}",
        far=f"{FAR:g}",
        panel_spread=f"{PANEL_SPREAD:g}",
        wheel_spread=f"{WHEEL_SPREAD:g}",
        sliders=_sliders(moves, sliders),
        recipes=_recipes(fits, moves, sliders),
        unlikely=_unlikely(fits, moves, sliders),
        worst=_worst(fits[:_WORST]),
        pictures=_thumbnails(fits[:_PICTURES], outputs),
    )


def _notes(fits: Sequence[Record], moves: np.ndarray, sliders: Sequence[Slider]) -> list[str]:
    before = np.array([delta_e_of(record, "before") for record in fits])
    after = np.array([_error(record) for record in fits])
    outliers = int((after > OUTLIER * np.median(after)).sum())
    beyond = _beyond(moves, sliders).sum(axis=1)
    channels = sum(any(name in record.params for name in CHANNEL_CURVES) for record in fits)
    return [
        f"Mean ΔE00 to the edited pictures: {np.nanmean(before):.2f} "
        f"unedited (the default rendering), {after.mean():.2f} fitted; median "
        f"{np.median(after):.2f}, worst {after.max():.2f}; {_pictures(outliers)} further off than "
        f"{OUTLIER:g} times the median.",
        f"Sliders beyond ±{FAR:g}: {beyond.mean():.2f} a picture, in "
        f"{_pictures(int((beyond > 0).sum()))}.",
        f"The curve is drawn on each channel in {_pictures(channels)}.",
    ]


def _sliders(moves: np.ndarray, sliders: Sequence[Slider]) -> list[list[str]]:
    lines = [["slider", "mean", "spread", f"beyond {MANY:g} spreads", f"beyond ±{FAR:g}"]]
    beyond, far = np.abs(moves) > MANY * _spreads(sliders), _beyond(moves, sliders)
    for i, slider in enumerate(sliders):
        numbers = (_shown(slider.name, value) for value in (moves[:, i].mean(), moves[:, i].std()))
        named = named_with_unit(slider.name, "mired from as shot")
        lines.append([named, *numbers, str(beyond[:, i].sum()), str(far[:, i].sum())])
    return lines


def _recipes(
    fits: Sequence[Record], moves: np.ndarray, sliders: Sequence[Slider]
) -> list[list[str]]:
    """The spread of each slider over each photographer's pictures; empty where there is none."""
    groups = defaultdict(list)
    for i, record in enumerate(fits):
        groups[_source(record, "expert")].append(i)
    lines = [
        [expert, str(len(rows)), *(_shown(s.name, v) for s, v in zip(sliders, spread, strict=True))]
        for expert, rows in sorted(groups.items())[:_RECIPES]
        if len(rows) > 1
        for spread in [moves[rows].std(axis=0)]
    ]
    names = (named_with_unit(s.name, "mired") for s in sliders)
    return [["photographer", "pictures", *names], *lines] if lines else []


def _unlikely(
    fits: Sequence[Record], moves: np.ndarray, sliders: Sequence[Slider]
) -> list[list[str]]:
    """The pictures whose sliders go furthest, and which these are."""
    beyond = _beyond(moves, sliders)
    order = np.argsort(-beyond.sum(axis=1), kind="stable")[:_UNLIKELY]
    lines = [
        [
            _name(fits[i]),
            ", ".join(
                f"{named_with_unit(s.name, 'mired')} {moves[i, k]:+.0f}"
                for k, s in enumerate(sliders)
                if beyond[i, k]
            ),
        ]
        for i in order
        if beyond[i].any()
    ]
    return [["picture", "sliders"], *lines] if lines else []


def _worst(fits: Sequence[Record]) -> list[list[str]]:
    head = ["picture", "ΔE00 unedited", "fitted"]
    return [
        head,
        *([_name(f), f"{delta_e_of(f, 'before'):.2f}", f"{_error(f):.2f}"] for f in fits),
    ]


def _thumbnails(fits: Sequence[Record], outputs: Outputs) -> list[dict[str, str]]:
    """Previews of the RAWs, of those that have one."""
    found = []
    for record in fits:
        try:
            preview = read_preview(outputs.preview(_source(record, "id")))
        except InputError:
            continue
        found.append({"uri": picture_uri(preview, _THUMBNAIL), "name": _name(record)})
    return found


@styled()
def _histogram(errors: Sequence[float]) -> str:
    figure = new_figure(560, 240)
    axes = add_axes(figure, 60, 30, 480, 160)
    end = max(2.0, float(np.percentile(errors, 99.5)))
    counts, edges = np.histogram(np.minimum(errors, end), 40, (0.0, end))
    axes.stairs(counts, edges, fill=True, color=BLUE)
    axes.axvline(float(np.mean(errors)), color=RED, lw=1.0)
    axes.set(title="How near the fits came; red: their mean", xlabel="mean ΔE00", ylabel="pictures")
    axes.set(xlim=(0.0, end), ylim=(0.0, 1.05 * counts.max()))
    axes.locator_params("y", integer=True)
    return to_svg(figure)


def _moves(params: Mapping[str, Any], sliders: Sequence[Slider]) -> list[float]:
    """Each slider's way from neutral, Temperature's (the first) in mired: warmer is above 0."""
    mired = 1e6 / SLIDERS[0].neutral - 1e6 / params[SLIDERS[0].name]
    return [mired, *(params.get(s.name, s.neutral) - s.neutral for s in sliders[1:])]


def _spreads(sliders: Sequence[Slider]) -> np.ndarray:
    panels = dict.fromkeys(_HUES, np.inf) | dict.fromkeys(_SATURATIONS, WHEEL_SPREAD)
    known = {**panels, **SPREADS}
    return np.array([known.get(s.name, PANEL_SPREAD) for s in sliders])


def _beyond(moves: np.ndarray, sliders: Sequence[Slider]) -> np.ndarray:
    """Which of the sliders that end at 100 are beyond FAR, [pictures, sliders]."""
    ends = np.array([s.high == 100.0 for s in sliders])
    return (np.abs(moves) > FAR) & ends


def _error(record: Record) -> float:
    return delta_e_of(record, "after")


def _source(record: Record, name: str) -> str:
    return str((record.source or {}).get(name, ""))


def _name(record: Record) -> str:
    return f"{_source(record, 'id')} ({_source(record, 'expert')})"


def _shown(slider: str, value: float) -> str:
    if slider in _HUES:
        return "–"
    return f"{value:.2f}" if slider == "Exposure2012" else f"{value:.1f}"


def _pictures(count: int) -> str:
    return f"{count} picture{'' if count == 1 else 's'}"
