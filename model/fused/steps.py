"""Planned steps in memory, as the kernel takes them."""

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.fused.plan import PlannedStep

# block.h
_NUMBERS, _TABLES, _COUNTS, _DOUBLES = 40, 6, 7, 3


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_int32),
        ("n", ctypes.c_int32 * _COUNTS),
        ("f", ctypes.c_float * _NUMBERS),
        ("t", ctypes.c_void_p * _TABLES),
        ("d", ctypes.c_double * _DOUBLES),
    )


_LAYOUT = np.dtype(_Step)
STEP_BYTES = _LAYOUT.itemsize


def address_of(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])  # several times as fast as ctypes.data


class Steps:
    """An array of steps; keeps the tables that it points to.

    codes: of the kernel's steps by name.
    """

    def __init__(self, planned: Sequence[PlannedStep], codes: Mapping[str, int]) -> None:
        self._array = np.zeros(len(planned), _LAYOUT)
        self._tables: list[Any] = []
        code, counts, numbers, tables, exact = (
            self._array[name] for name in ["code", "n", "f", "t", "d"]
        )
        for place, step in enumerate(planned):
            code[place] = codes[step.name]
            if step.counts:
                counts[place, : len(step.counts)] = step.counts
            if step.numbers:
                numbers[place, : len(step.numbers)] = step.numbers
            if step.exact:
                exact[place, : len(step.exact)] = step.exact
            for i, values in enumerate(step.tables):
                tables[place, i] = 0 if values is None else address_of(values)
            self._tables.append(step.tables)

    def __len__(self) -> int:
        return len(self._array)

    @property
    def address(self) -> int:
        return address_of(self._array)
