"""Edits of a picture, planned for the kernel on what is known of it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from imaging.camera import Shot
from jobs.freed_memory import keep_freed_memory
from model.edit.in_numpy import edit_arrays, to_planes
from model.edit.processes import rendered_process
from model.edit.rendered_process import Call
from model.edit.whole import Whole
from model.fused import process_1, process_2_panels
from model.fused.plan import NotPlanned, Plan, planned
from params.edit_process import PROCESS_1, PROCESS_2


class PictureEdits:
    """Plans of edits of one picture.

    process, masks, shot: as model.render.render has them.
    proxy: gives the picture with PROXY_LONG_SIDE, HxWx3 float32; asked where an edit depends on it.
    size: rows and columns of the picture.
    """

    def __init__(
        self,
        process: int,
        masks: str,
        shot: Shot | None,
        proxy: Callable[[], np.ndarray],
        size: tuple[int, int],
    ) -> None:
        self._process = rendered_process(process)
        self._needs_whole = self._process.needs_whole(masks)
        self._shot = shot
        self._proxy = proxy
        self._planners = {
            PROCESS_1: lambda: process_1.PLANNERS,
            PROCESS_2: lambda: process_2_panels.planners(*size),
        }[self._process.facts]()
        self.whole: Whole | None = None

    def plan(self, params: Mapping[str, Any]) -> Plan:
        """The plan of one edit.

        Raises:
            NotPlanned: the kernel can't do it.
        """
        values = edit_arrays(params, self._process.facts.panels)
        _check(*values.values())
        if self._needs_whole and (self.whole is None or self._process.whole_by_edit):
            keep_freed_memory()
            proxy = to_planes(self._proxy())
            _check(proxy)
            self.whole = self._process.find_whole(proxy, values, [self._shot])
        whole = None
        if self.whole is not None:
            whole = self._process.prepared(self.whole, values)
        calls: list[Call] = []
        for step in self._process.steps:
            calls += step.calls(values, whole)
        return planned(calls, self._planners)


def _check(*numbers: np.ndarray) -> None:
    if not all(np.isfinite(one).all() for one in numbers):
        raise NotPlanned("numbers that are not finite")
