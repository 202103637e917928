"""An edit as the kernel works it out: a list of steps with their numbers and tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.edit.rendered_process import Call


class NotPlanned(Exception):  # noqa: N818  it says what happened
    """A step that the kernel doesn't have: the edit layer does the edit."""


@dataclass(frozen=True, eq=False)
class PlannedStep:
    """A step by its name in kernel.c; what stands where is said at its function there.

    tables: contiguous float32, finite; None where the function takes none.
    surroundings: it asks for the light of the scene's pixels.
    """

    name: str
    numbers: Sequence[float] = ()
    tables: Sequence[np.ndarray | None] = ()
    counts: Sequence[int] = ()
    exact: Sequence[float] = ()
    surroundings: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps of one edit on one picture, in order."""

    steps: tuple[PlannedStep, ...]

    @property
    def needs_stops(self) -> bool:
        return any(step.surroundings for step in self.steps)


# What plans a function of model.edit: its arguments after the picture -> steps.
Planner = Callable[..., Iterable[PlannedStep]]


def planned(calls: Iterable[Call], planners: Mapping[Callable[..., Any], Planner]) -> Plan:
    """The plan of what an edit's steps call.

    Raises:
        NotPlanned: a function without a planner, or numbers and tables that the kernel can't take.
    """
    steps = [step for call in calls for step in steps_of(call, planners)]
    for step in steps:
        held = [np.asarray(step.numbers), *(t for t in step.tables if t is not None)]
        if not all(np.isfinite(values).all() for values in held):
            raise NotPlanned(f"{step.name}: numbers that are not finite")
    return Plan(tuple(steps))


def steps_of(call: Call, planners: Mapping[Callable[..., Any], Planner]) -> Iterable[PlannedStep]:
    """The steps of one call. Raises NotPlanned."""
    function, arguments = call
    if function not in planners:
        raise NotPlanned(function.__name__)
    return planners[function](*arguments)


def number(slider: Any) -> float:
    """A slider [1] of one picture."""
    values = np.asarray(slider)
    if values.size != 1:
        raise NotPlanned("several pictures")
    return float(values.reshape(()))


def table(values: Any, least: int = 2) -> np.ndarray:
    """One picture's table [1, S] or [S], contiguous float32."""
    array = np.ascontiguousarray(np.asarray(values), dtype=np.float32)
    array = array.reshape(array.shape[-1]) if array.ndim == 2 and len(array) == 1 else array
    if array.ndim != 1 or len(array) < least:
        raise NotPlanned("several pictures")
    return array
