"""The edit processes that can be rendered and fitted, by their number."""

from model.edit import process_1, process_2
from model.edit.rendered_process import RenderedProcess
from params.edit_process import edit_process

_ALL = {process.facts: process for process in (process_1.PROCESS, process_2.PROCESS)}


def rendered_process(number: int) -> RenderedProcess:
    """The edit process of this number. Raises ValueError for one that is not known."""
    return _ALL[edit_process(number)]
