"""A prepared model in its file: settings, the tensors behind the encoder, and the encoder as ONNX.

It is a safetensors file: tensors and text, no code.
"""

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.checkpoint_config import config_from_dict, config_to_dict
from model.config import AutoPilotConfig
from model.numpy_model import tensor_shapes
from params.files import InputError, replacing
from params.user_cache import is_own

log = logging.getLogger(__name__)

_ENCODER = "encoder"


class Prepared(NamedTuple):
    """What is made of a model.

    state: its tensors, float32; of a model with an encoder those behind it.
    encoder: ONNX of a batch of one picture, uint8 [bytes]. Empty for a model of statistics, and
        for an encoder that can't be run without torch.
    features: that the backbone gives.
    said: messages about the model and its adapters, level and text, to be given each time.
    """

    config: AutoPilotConfig
    state: Mapping[str, np.ndarray]
    encoder: np.ndarray
    features: int
    said: Sequence[tuple[int, str]] = ()


def write_prepared(path: Path, prepared: Prepared) -> None:
    """Write a prepared model, whole or not at all. Raises InputError when the folder refuses."""
    from safetensors.numpy import save

    arrays = {**prepared.state, _ENCODER: prepared.encoder}
    facts = {
        "config": json.dumps(config_to_dict(prepared.config)),
        "features": str(prepared.features),
        "said": json.dumps(prepared.said),
    }
    data = save(arrays, {**facts, "digest": _digest(facts, arrays)})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_prepared(path: Path) -> Prepared | None:
    """A prepared model; None where there is none, not a whole one, or maybe another user's."""
    from safetensors import SafetensorError, safe_open

    if not (is_own(path.parent) and is_own(path)):
        return None
    try:
        with safe_open(path, framework="np") as file:
            facts = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if facts.pop("digest", "") != _digest(facts, arrays):
            raise InputError(f"{path}: damaged")
        config = config_from_dict(path, json.loads(facts["config"]))
        encoder, features = arrays.pop(_ENCODER), int(facts["features"])
        said = [(int(level), str(text)) for level, text in json.loads(facts["said"])]
        found = {name: value.shape for name, value in arrays.items()}
        if found != tensor_shapes(config, features):
            raise InputError(f"{path}: does not fit its config")
        os.utime(path)  # the last used are kept
    except (OSError, SafetensorError, ValueError, KeyError, InputError) as error:
        log.debug("%s: made anew: %s", path, error)
        return None
    return Prepared(config, arrays, encoder, features, said)


def _digest(facts: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.blake2b(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(value.data)
    return digest.hexdigest()
