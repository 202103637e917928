"""A style's constants and mean edit as a checkpoint or an adapter holds them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.hub import model_file
from model.torch_file import read_torch_file
from params.files import InputError
from params.outputs_config import edit_value
from params.training_edit import MEAN_EDIT, TrainingEdit, training_edit_from_dict

CONSTANTS = "constants"  # of a file's config: XMP name -> value, curve name -> values


def read_model_style(path: Path | str) -> tuple[dict[str, Any], TrainingEdit | None]:
    """A model file's constants, see read_constants, and its training set's mean edit; None where
    it has none, as files of earlier versions.

    Raises:
        InputError: as read_constants, or a mean edit that cannot be used.
    """
    path = model_file(path)
    content = read_torch_file(path, mmap=True)
    constants = _constants(path, content)
    if MEAN_EDIT not in content:
        return constants, None
    return constants, training_edit_from_dict(content[MEAN_EDIT], str(path))


def read_constants(path: Path | str) -> dict[str, Any]:
    """The sliders and curves that every edit of a model's style has at one value.

    Args:
        path: a checkpoint or a LoRA adapter: a file, or a name on the Hub (see model.hub).

    Returns:
        floats in Camera Raw's units and curves as lists; {} where the file knows of none.

    Raises:
        InputError: not such a file, or constants that are no numbers.
    """
    path = model_file(path)
    return _constants(path, read_torch_file(path, mmap=True))


def _constants(path: Path, content: Any) -> dict[str, Any]:
    if not isinstance(content, dict) or not {"model", "lora_state"} & content.keys():
        raise InputError(f"{path}: neither a checkpoint nor a LoRA adapter")
    # An adapter has them in its style, a checkpoint in its config.
    places = (content.get("style"), content.get("config"), content)
    found = next((p[CONSTANTS] for p in places if isinstance(p, Mapping) and CONSTANTS in p), None)
    if found is None:
        return {}
    try:
        return {str(name): edit_value(str(name), value) for name, value in found.items()}
    except (AttributeError, ValueError) as error:
        raise InputError(f"{path}: its constants cannot be used: {error}") from error
