"""A photographer's style as a Lightroom preset, and its global part as a .cube."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataset.manifest import Entry
from params.edit_process import DEFAULT_PROCESS
from params.files import InputError, replacing
from params.ranges import neutral_params
from params.record import Record, read_record
from params.style_settings import STYLE, STYLE_FIELDS
from params.training_edit import TrainingEdit
from params.typical_edit import typical_edit
from params.unsupported import Look
from params.usage import CONSTANT, VARYING, usage_of, usage_of_values
from params.xmp_preset import DEFAULT_GROUP, preset_of, set_names

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Style:
    """What a photographer does to pictures as a rule.

    params: the sliders and curves that are set, in Camera Raw's units.
    constants, varying: of these the names that nearly every picture has so, and the others.
    process: number of their edit process. settings: fields of params.style_settings.
    look: the creative look. edits: how many it is made of.
    """

    params: Mapping[str, Any]
    constants: tuple[str, ...] = ()
    varying: tuple[str, ...] = ()
    process: int = DEFAULT_PROCESS
    settings: Mapping[str, str] = field(default_factory=dict)
    look: Look | None = None
    edits: int = 0

    def with_constants(self, constants: Mapping[str, Any]) -> "Style":
        """The style with a model's constants, which count before its own."""
        return Style(
            {**self.params, **constants},
            tuple(dict.fromkeys((*self.constants, *constants))),
            tuple(name for name in self.varying if name not in constants),
            self.process,
            self.settings,
            self.look,
            self.edits,
        )


def style_of_model(constants: Mapping[str, Any], mean: TrainingEdit | None) -> Style:
    """The style that a model file tells of: its constants, and its training set's mean edit."""
    if mean is None:
        return Style({}).with_constants(constants)
    names = tuple(name for name in mean.params if name not in constants)
    style = Style(mean.params, (), names, mean.process, mean.settings, edits=mean.edits)
    return style.with_constants(constants)


def style_of_edits(records: Sequence[Record]) -> Style:
    """The style of edits of one process: constants, and the middle of what varies.

    Raises:
        InputError: no edits, or edits of several processes.
    """
    processes = sorted({record.process for record in records})
    if len(processes) != 1:
        what = f"of edit processes {processes}" if processes else "none"
        raise InputError(f"a style is made of edits of one edit process; these are {what}")
    usage = usage_of([record.params for record in records])
    params = typical_edit([record.params for record in records], usage)
    looks = usage_of_values((record.look for record in records), None)
    return Style(
        params,
        tuple(name for name in params if usage[name].kind == CONSTANT),
        tuple(name for name in params if usage[name].kind == VARYING),
        processes[0],
        constant_settings([record.extra.get(STYLE) for record in records]),
        looks.value if looks.kind == CONSTANT else None,
        len(records),
    )


def constant_settings(styles: Sequence[Any]) -> dict[str, str]:
    """The fields of params.style_settings that nearly all pictures have at one value.

    styles: what parameter files hold of them; anything but a dictionary of texts is none.
    """
    known = [style if isinstance(style, dict) else {} for style in styles]
    constants: dict[str, str] = {}
    for name in STYLE_FIELDS:
        texts = [text if isinstance(text := style.get(name), str) else None for style in known]
        use = usage_of_values(texts, None)
        if use.kind == CONSTANT:
            constants[name] = use.value
    return constants


def read_edits(entries: Sequence[Entry]) -> list[Record]:
    """The edits of a manifest's lines; one that cannot be read is logged as an error."""
    records = []
    for entry in entries:
        try:
            records.append(read_record(entry.path("data")))
        except InputError as error:
            log.error("%s", error)
    return records


def write_preset(
    path: Path,
    style: Style,
    name: str,
    group: str = DEFAULT_GROUP,
    *,
    cube: str | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write a style as path.xmp and, for a colour space of model.cube_lut, as path.cube.

    Returns:
        the files written.

    Raises:
        InputError: the style sets nothing, a file is there already, or the folder refuses.
    """
    files = [path.with_suffix(".xmp")] + ([path.with_suffix(".cube")] if cube else [])
    for file in files:
        if file.exists() and not overwrite:
            raise InputError(f"{file}: is there already; --overwrite replaces it")
    if not (set_names(style.params, style.process) or style.settings or style.look):
        raise InputError(f"{name}: the style sets nothing that a preset could hold")
    data = preset_of(
        style.params, name, group, process=style.process, style=style.settings, look=style.look
    )
    if cube:
        from model.cube_lut import write_cube

        record = Record({**neutral_params(), **style.params}, process=style.process)
        write_cube(files[1], record, cube, name)
    with replacing(files[0]) as temporary:
        temporary.write_bytes(data)
    return files
