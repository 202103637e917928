"""Predictions on the disk, by the model and the very file they are of: a restart has them."""

import contextlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from params.files import InputError, read_json, write_text
from params.record import Record
from stages.predict.made_with import source_of
from studio.pictures import Picture
from studio.stored_edit import edit_from_json, edit_to_json

_MOST_BYTES = 1 << 20


class KeptPrediction(NamedTuple):
    """A model's edit of a picture. width, height: of the picture at full size; 0: not known."""

    record: Record
    width: int
    height: int


class KeptPredictions:
    """A file a picture, in a folder a model."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, model: str, picture: Picture) -> KeptPrediction | None:
        """What is kept; None where it is of another file, damaged, or not there."""
        file = self._file(model, picture)
        with contextlib.suppress(InputError, TypeError, ValueError, KeyError):
            found = read_json(file, _MOST_BYTES)
            if found["source"] == source_of(picture.path):
                record = edit_from_json(found["edit"], file)
                return KeptPrediction(record, int(found["width"]), int(found["height"]))
        return None

    def keep(self, model: str, picture: Picture, prediction: KeptPrediction) -> None:
        """Write one. On a full disk it is predicted again next time."""
        document: dict[str, Any] = {
            "source": source_of(picture.path),
            "edit": edit_to_json(prediction.record),
            "width": prediction.width,
            "height": prediction.height,
        }
        with contextlib.suppress(InputError):
            write_text(self._file(model, picture), json.dumps(document))

    def _file(self, model: str, picture: Picture) -> Path:
        return self._folder / model / f"{picture.id}.json"
