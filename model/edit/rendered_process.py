"""How an edit process renders and is fitted: what the edit layer and the fit ask of one.

The other half of params.edit_process. Each process states its own at the end of its file
(model.edit.process_1, process_2); model.edit.processes finds it by its number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from imaging.camera import Shot
from model.edit.arrays import Values
from model.edit.fit_rules import FitRules
from model.edit.whole import Whole
from params.edit_process import MASKS, EditProcess

# (whole pictures Bx3xhxw or proxies of them, params [B], their shots) -> what steps have to know.
FindWhole = Callable[[Values, Mapping[str, Values], Sequence[Shot | None]], Whole]


# A function of a panel, to be called with the picture and these arguments: what comes back is the
# picture that the next one is called with.
Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]


class Step(NamedTuple):
    """A stretch of the edit that looks at one pixel at a time, and the sliders it depends on.

    calls(params, whole): what is done, in order. model.fused does the same without torch.
    """

    names: tuple[str, ...]
    calls: Callable[[Mapping[str, Any], Any], Iterable[Call]]

    def apply(self, image: Any, params: Mapping[str, Any], whole: Any) -> Any:
        """The picture after it. Tensors, or model.edit.dual's Duals or Arrays in their place."""
        for function, arguments in self.calls(params, whole):
            image = function(image, *arguments)
        return image


def _unchanged(whole: Whole, _: Mapping[str, Values]) -> Whole:
    return whole


@dataclass(frozen=True)
class RenderedProcess:
    """How an edit process renders, and how it is fitted.

    facts: what its numbers mean.
    steps: the edit, in order.
    find_whole: finds out what the steps have to know of whole pictures.
    whole_masks: the masks (params.edit_process.MASKS) with which they have to know it.
    whole_by_edit: it depends on the edit, and has to be found anew for each.
    prepared: for rendering many strips with one edit, adds what does not differ between them.
    rules: how a fit goes about it.
    """

    facts: EditProcess
    steps: tuple[Step, ...]
    find_whole: FindWhole
    whole_masks: tuple[str, ...]
    whole_by_edit: bool
    rules: FitRules
    prepared: Callable[[Any, Mapping[str, Values]], Whole] = _unchanged

    def needs_whole(self, masks: str) -> bool:
        """Whether a pixel's edit depends on the whole picture. Raises ValueError: no such masks."""
        if masks not in MASKS:
            raise ValueError(f"masks is {masks!r}, not plain or centred")
        return masks in self.whole_masks
