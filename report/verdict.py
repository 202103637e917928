"""What an evaluation or a training comes to, in one plain sentence."""

from collections.abc import Hashable, Sequence

import numpy as np

from report.bootstrap import estimate

PRESET = "one preset for all pictures"
FEW = 5  # groups of pictures, of fewer than which nothing is said for sure


def verdict(
    own: Sequence[float],
    other: Sequence[float],
    groups: Sequence[Hashable] | None = None,
    *,
    than: str = PRESET,
    which: str = " held out",
    more: str = "",
) -> str:
    """Whether edits are better than others, on pictures that neither was learnt from.

    Args:
        own, other: mean ΔE00 to the photographer's picture, one each a picture, one or more.
        groups: of the pictures, those that are no independent witnesses.
        than: what the others are.
        which: behind the number of pictures.
        more: what to do about it where they are not better.
    """
    gains = [theirs - mine for mine, theirs in zip(own, other, strict=True)]
    found = estimate(gains, groups)
    assert found is not None
    low, high = found.interval or (-np.inf, np.inf)
    independent = len(set(groups)) if groups is not None else len(gains)
    errors = f"mean ΔE00 {np.mean(own):.2f} against {np.mean(other):.2f}"
    on = f"on {found.count} picture{'s' * (found.count != 1)}{which}"
    if independent < FEW:
        return f"{_word(found.mean)} {than} {on} ({errors}): too few to tell"
    if low > 0.0:
        nearer = sum(gain > 0.0 for gain in gains) / found.count
        return (
            f"better than {than} by {found.mean:.2f} ({low:.2f} to {high:.2f}) {on} ({errors}), "
            f"nearer in {nearer:.0%} of them"
        )
    advice = f": {more}" if more else ""
    if high > 0.0 and found.mean > 0.0:
        span = f"by {found.mean:.2f}, {low:.2f} to {high:.2f}"
        return f"perhaps better than {than} {on} ({span}; {errors}){advice}"
    return f"no better than {than} {on} ({errors}){advice}"


def preset_advice(count: int) -> str:
    """What to do where a model learnt from `count` pictures is no better than a preset."""
    return (
        f"learn from more pictures ({count} now) or from those of one style only, or take the "
        "preset (scripts/style_preset.py)"
    )


def _word(gain: float) -> str:
    return "nearer than" if gain > 0.0 else "no nearer than"
