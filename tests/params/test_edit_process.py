"""Edit processes are objects: nothing else compares their numbers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from params.edit_process import PROCESSES, edit_process
from params.panels import panel_names
from params.ranges import SLIDER_NAMES

REPO = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("params", "jobs", "imaging", "model", "report", "dataset", "stages", "cli", "run", "scripts"),
)


def test_a_number_becomes_its_process() -> None:
    assert [edit_process(number).number for number in PROCESSES] == [1, 2]
    for process in map(edit_process, PROCESSES):
        known = {*SLIDER_NAMES, *panel_names(process.panels)}
        assert {*process.redundant_sliders, *process.local_sliders} <= known
        assert process.masks[0] == "plain"


@pytest.mark.parametrize("number", [0, 3, "2", None])
def test_unknown_numbers_are_refused(number: object) -> None:
    with pytest.raises(ValueError, match=r"is not known; known: \(1, 2\)"):
        edit_process(number)  # type: ignore[arg-type]


def of_a_process(node: ast.expr) -> bool:
    """A process's number: a name, an attribute or a key that says so."""
    names = {ast.Name: "id", ast.Attribute: "attr", ast.Constant: "value"}
    if isinstance(node, ast.Subscript):
        return of_a_process(node.slice)
    return getattr(node, names.get(type(node), ""), None) in ("process", "processes")


def numbers_told_apart(source: str) -> Iterator[int]:
    """Lines that compare a process with a number, or keep a table by 1 and 2."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            known = [isinstance(s, ast.Constant) and isinstance(s.value, int) for s in sides]
            if any(map(of_a_process, sides)) and any(known):
                yield node.lineno
        elif isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            if keys == [1, 2]:
                yield node.lineno


def test_nothing_tells_processes_apart_by_number() -> None:
    found = [
        f"{path.relative_to(REPO)}:{line}"
        for package in PACKAGES
        for path in sorted((REPO / package).rglob("*.py"))
        for line in numbers_told_apart(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    "probe",
    [
        "x = 1 if process == 1 else 2",
        "if record.process != 2: pass",
        'if about["process"] == 2: pass',
        "TABLE = {1: 0.5, 2: 0.25}",
    ],
)
def test_the_rule_would_notice(probe: str) -> None:
    assert list(numbers_told_apart(probe)) == [1]
