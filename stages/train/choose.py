"""What a run's model is to predict, chosen from the training split's edits."""

import logging
from collections.abc import Sequence
from typing import Any

from dataset.manifest import Entry
from dataset.style_preset import constant_settings
from model.config import AutoPilotConfig
from model.distributed import Group
from params.choose_outputs import choose_outputs, said
from params.edit_process import edit_process
from params.files import InputError
from params.outputs import BASIC_OUTPUTS, Outputs, panel_words, panels_asked
from params.record import Record, read_record
from params.style_settings import STYLE
from params.training_edit import MEAN_EDIT, training_edit, training_edit_to_dict
from stages.train.data import Splits
from stages.train.settings import RunSettings

log = logging.getLogger(__name__)


def chosen_outputs(
    settings: RunSettings, config: AutoPilotConfig, records: Sequence[Record], group: Group
) -> Outputs:
    """Outputs and constants by the settings and training_records(), said in the log.

    Of a process whose edits hold no panels it is the basic ones.

    Raises:
        InputError: panels were asked for that the process doesn't hold.
    """
    process, asked = edit_process(config.process), panels_asked(settings.sliders)
    unknown = [panel for panel in asked or () if panel not in process.panels]
    if unknown:
        raise InputError(
            f"sliders: edit process {process.number} does not hold {panel_words(unknown)}"
        )
    if asked == [] or not process.panels:
        return BASIC_OUTPUTS
    edits = [record.params for record in records]
    if not edits:
        return BASIC_OUTPUTS  # making samples of them gives the errors
    outputs = choose_outputs(edits, process, asked)
    if group.leads:
        for line in said(outputs, process, len(edits)):
            log.info("%s", line)
    return outputs


def mean_edit(config: AutoPilotConfig, records: Sequence[Record]) -> dict[str, Any]:
    """The mean of training_records(), of what the model is to predict, for its files; {} where
    no edit can be read.
    """
    if not records:
        return {}
    settings = constant_settings([record.extra.get(STYLE) for record in records])
    edits = [record.params for record in records]
    found = training_edit(edits, config.outputs, config.process, settings)
    return {MEAN_EDIT: training_edit_to_dict(found)}


def training_records(config: AutoPilotConfig, splits: Splits) -> list[Record]:
    """The edits of the training split that are of the model's process."""
    records = [record for e in splits.train if (record := _read(e)) is not None]
    return [r for r in records if (r.process, r.masks) == (config.process, config.masks)]


def _read(entry: Entry) -> Record | None:
    try:
        return read_record(entry.path("data"))
    except InputError:  # told when samples are made
        return None
