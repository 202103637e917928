"""An evaluation says in words whether its model beats a preset and Auto."""

from pathlib import Path

from dataset.manifest import Entry
from stages.evaluate.rows import AUTO, MEAN
from stages.evaluate.tables import Result
from stages.evaluate.verdicts import verdicts


def result(id: str, **errors: float) -> Result:
    names = {"auto": AUTO, "mean": MEAN, "model": "model"}
    rows = {names[name]: {"delta_e": value} for name, value in errors.items()}
    return Result(Entry({"id": id}, Path()), rows, {}, {})


def test_a_sentence_for_each_rival() -> None:
    results = [result(str(i), auto=2.0, mean=5.0, model=3.0 + 0.1 * i) for i in range(6)]
    preset, auto = verdicts(results, "model", learnt_from=30)
    assert preset.startswith("The model is better than one preset for all pictures by 1.75 (")
    assert preset.endswith("nearer in 100% of them.")
    assert auto.startswith("The model is no better than auto (docs/auto.md), which knows nothing")
    assert "learn from more pictures (30 now)" in auto


def test_only_of_pictures_that_have_both_rows() -> None:
    assert verdicts([], "model") == []
    one = verdicts([result("a", mean=1.0, model=2.0), result("b", model=2.0)], "model")
    assert one == [
        "The model is no nearer than one preset for all pictures on 1 picture "
        "(mean ΔE00 2.00 against 1.00): too few to tell."
    ]
