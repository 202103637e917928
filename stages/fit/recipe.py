"""One recipe over a set: what the edits of one photographer have in common."""

import functools
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataset.set_folder import Outputs
from jobs.progress import each
from model.edit.processes import rendered_process
from model.fit import Fit
from model.solve.unknowns import FitSpace
from params.files import InputError
from params.panels import CURVE_NAMES, PANELS, moved_panels
from params.ranges import CURVE_NAME, SLIDERS
from params.record import Record, read_record, write_record
from stages.fit.fit_pair import Job, fit_loaded, load
from stages.fit.settings import FitSettings

log = logging.getLogger(__name__)

# Pictures that a recipe is taken from, at even distances among those of a set, and the fewest.
MOST, FEWEST = 40, 3


def recipes_of(
    jobs: Sequence[Job], outputs: Outputs, settings: FitSettings
) -> dict[str, dict[str, Any]]:
    """The recipe (params) of each photographer who has one; from its file, or found and written.

    jobs: all pictures of these photographers; finished ones are fitted once more on their own, as
    their files may follow another recipe.

    It is the middle of what some of the pictures come to one by one. Pictures that can't be read
    are named and left out of it.

    Raises:
        InputError: the output folder refuses.
    """
    recipes = {}
    for expert in sorted({job.expert for job in jobs}):
        file = outputs.recipe(expert)
        known = None if settings.overwrite else _read(outputs, expert, settings)
        if known is None:
            own = [job for job in jobs if job.expert == expert]
            chosen = own[:: -(-len(own) // MOST)]
            found: list[dict[str, Any]] = []
            if len(chosen) >= FEWEST:
                each(
                    chosen,
                    functools.partial(_alone, settings=settings),
                    name=lambda job: f"not in the recipe: {job.raw}",
                    desc=f"recipe of {expert}",
                    where=settings.where(outputs.root),
                    take=lambda _, fit, found=found: found.append(fit.params),  # type: ignore[misc]
                    debug=settings.debug,
                )
            if len(found) < FEWEST:
                log.warning(
                    "%s: a recipe takes %d pictures and more, this run has %d",
                    expert,
                    FEWEST,
                    len(found) if len(chosen) >= FEWEST else len(chosen),
                )
                continue
            known = common_edit(found, settings.process)
            write_record(file, Record(known, settings.process))
            log.info("%s: recipe of %d pictures", file, len(found))
        recipes[expert] = known
    return recipes


def common_edit(edits: Sequence[Mapping[str, Any]], process: int) -> dict[str, Any]:
    """The middle of edits (params): the curves that most of them draw, and of those that draw
    them the median of each slider and the mean curves."""
    space = FitSpace(rendered_process(process).rules, len(edits[0][CURVE_NAME]))
    drawings = [space.drawing_of(edit) for edit in edits]
    most = Counter(drawings).most_common(1)[0][0]
    alike = [edit for edit, drawing in zip(edits, drawings, strict=True) if drawing == most]
    names = {name for edit in alike for name in edit if name not in CURVE_NAMES}
    neutral = {s.name: s.neutral for panel in PANELS.values() for s in panel.sliders}
    common: dict[str, Any] = {s.name: s.neutral for s in SLIDERS}
    for name in names:
        common[name] = float(np.median([edit.get(name, neutral[name]) for edit in alike]))
    for name in CURVE_NAMES:
        curves = [edit[name] for edit in alike if name in edit]
        if curves:
            common[name] = np.mean(curves, axis=0).tolist()
    basic = {name: common[name] for name in (*(s.name for s in SLIDERS), CURVE_NAME)}
    return basic | moved_panels(common, PANELS)


def _alone(job: Job, settings: FitSettings) -> Fit:
    [found] = fit_loaded([load(job, settings)], settings)
    return found


def _read(outputs: Outputs, expert: str, settings: FitSettings) -> dict[str, Any] | None:
    """The recipe in a photographer's file; None, with a warning, where the file is of no use."""
    file = outputs.recipe(expert)
    if not file.exists():
        return None
    try:
        record = read_record(file)
    except InputError as error:
        log.warning("%s; this recipe is found anew", error)
        return None
    if record.process != settings.process:
        log.warning("%s: of edit process %d; this recipe is found anew", file, record.process)
        return None
    return record.params
