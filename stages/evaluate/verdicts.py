"""Whether the prediction that is judged is worth having: beside a preset, and beside Auto."""

from collections.abc import Sequence

from report.verdict import PRESET, preset_advice, verdict
from stages.evaluate.rows import AUTO, MEAN
from stages.evaluate.tables import Result

_RIVALS = {MEAN: PRESET, AUTO: "auto (docs/auto.md), which knows nothing of the photographer"}


def verdicts(results: Sequence[Result], judged: str, learnt_from: int | None = None) -> list[str]:
    """A sentence for each rival that there is.

    judged: the row that is judged.
    learnt_from: the number of pictures in the training split.
    """
    found = []
    for row, rival in _RIVALS.items():
        both = [one for one in results if row in one.rows and judged in one.rows]
        if both:
            own, other = ([one.rows[name]["delta_e"] for one in both] for name in (judged, row))
            more = "" if learnt_from is None else preset_advice(learnt_from)
            said = verdict(
                own, other, [one.source for one in both], than=rival, which="", more=more
            )
            found.append(f"The {judged} is {said}.")
    return found
