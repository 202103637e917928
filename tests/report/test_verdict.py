"""The sentence at the end of a training or an evaluation says what the figures say."""

import numpy as np

from report.verdict import PRESET, preset_advice, verdict

GOOD, BAD = [1.0 + 0.2 * (i % 2) for i in range(20)], [3.0 + 0.2 * (i % 4) for i in range(20)]


def test_better() -> None:
    said = verdict(GOOD, BAD, more="try this")
    gain = np.mean(BAD) - np.mean(GOOD)
    assert said.startswith(f"better than {PRESET} by {gain:.2f} (")
    figures = f"(mean ΔE00 {np.mean(GOOD):.2f} against {np.mean(BAD):.2f})"
    assert f"on 20 pictures held out {figures}, nearer in 100% of them" in said
    assert "try this" not in said


def test_no_better_says_what_to_do() -> None:
    said = verdict(BAD, GOOD, more=preset_advice(34))
    assert said.startswith(f"no better than {PRESET} on 20 pictures held out (mean ΔE00 3.30 ")
    assert "more pictures (34 now)" in said
    assert verdict(GOOD, GOOD).startswith("no better than")


def test_what_chance_may_have_done_is_perhaps() -> None:
    own, other = [1.0] * 10, [0.0, 3.0] * 5
    assert verdict(own, other).startswith("perhaps better than")


def test_a_few_pictures_or_pictures_of_few_sources_tell_nothing() -> None:
    for said in (verdict(GOOD[:4], BAD[:4]), verdict(GOOD, BAD, [i // 10 for i in range(20)])):
        assert said.startswith("nearer than")
        assert said.endswith("too few to tell")
    assert "1 picture held out" in verdict(GOOD[:1], BAD[:1])
    assert verdict(BAD[:3], GOOD[:3]).startswith("no nearer than")
