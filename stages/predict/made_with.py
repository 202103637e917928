"""What a picture's results were made with: they are done only for what is the same."""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.hub import model_file
from params.files import InputError, content_digest
from stages.predict.confidence_file import confidence_path
from stages.predict.result_paths import ResultPaths, embeds
from stages.predict.settings import AUTO, PredictSettings

_LETTERS = 32  # of a digest
_SEQUENCE = "sequence"
_OTHER = "made with something else"  # instead of one


@dataclass(frozen=True)
class MadeWith:
    """What one run makes pictures with, as digests.

    edit: of all that an edit comes from beside the picture: the contents of checkpoint and
        adapters, weights, strength, white balance, constants, and the panels that are written.
    outputs: of the options of each kind of file, see kinds_of().
    """

    edit: str
    outputs: Mapping[str, str]

    def stale(self, paths: ResultPaths, files: Sequence[Path], before: Any) -> frozenset[Path]:
        """Those of a picture's files that are known to have been made with something else.

        A file that nothing is known of may be the user's own: it stays.

        before: what entry() gave when they were made.
        """
        same, known, kinds = self._same(paths, before), _outputs(before), kinds_of(paths)
        return frozenset(
            file
            for file in files
            if kinds[file] in known and same.get(kinds[file]) != self._of(kinds[file])
        )

    def entry(
        self, settings: PredictSettings, paths: ResultPaths, files: Sequence[Path], before: Any
    ) -> dict[str, Any]:
        """For the report: what a picture's files, these and older ones, were made with."""
        kinds = kinds_of(paths)
        new = {kinds[file]: self._of(kinds[file]) for file in files}
        source = paths.source
        if settings.xmp.write and settings.xmp.in_place and embeds(settings.xmp, paths.raw):
            source = source_of(paths.raw)  # which this very run has written into
        others = dict.fromkeys(_outputs(before), _OTHER)
        outputs = {**others, **self._same(paths, before), **new}
        sequence = {} if paths.sequence is None else {_SEQUENCE: paths.sequence}
        return {"edit": self.edit, "source": source, "outputs": outputs, **sequence}

    def _of(self, kind: str) -> str:
        return self.outputs[kind]

    def _same(self, paths: ResultPaths, before: Any) -> Mapping[str, Any]:
        """The kinds that were made with the same edit from the same file, and their options."""
        if not isinstance(before, dict) or before.get("edit") != self.edit:
            return {}
        if before.get(_SEQUENCE) != paths.sequence:  # the frames that it was to go with
            return {}
        # Of a file that is gone, nothing can be made anew.
        return _outputs(before) if paths.source in (None, before.get("source")) else {}


def _outputs(before: Any) -> Mapping[str, Any]:
    outputs = before.get("outputs") if isinstance(before, dict) else None
    return outputs if isinstance(outputs, dict) else {}


def made_with(settings: PredictSettings) -> MadeWith:
    """What a run of these settings makes pictures with. Raises InputError: not on the Hub."""
    checkpoint = settings.checkpoint
    pictures, xmp, confidence = settings.pictures, settings.xmp, confidence_path(settings)
    edit = [
        AUTO if checkpoint is None else _content(model_file(checkpoint)),
        [[_content(model_file(one.path)), one.weight] for one in settings.adapters],
        [settings.strength, settings.constants, settings.auto_white_balance, xmp.panels],
    ]
    detail, pixels = dataclasses.astuple(pictures.detail), [pictures.demosaic, pictures.max_size]
    options: dict[str, Any] = {
        "xmp": xmp.curve,
        "dng": xmp.curve,
        "in_place": [xmp.curve, xmp.embed],
        "json": None if confidence is None else _content(confidence),
        "preview": None,
        "cube": settings.cube,
        "tiff": [_content(pictures.icc_profile), pictures.bits, pictures.compression, *pixels],
        "jpeg": [
            *(pictures.jpeg_quality, pictures.jpeg_subsampling, pictures.gamut),
            *detail,
            *pixels,
        ],
    }
    return MadeWith(_digest(edit), {kind: _digest(value) for kind, value in options.items()})


def kinds_of(paths: ResultPaths) -> dict[Path, str]:
    """Each file that there may be of a picture -> its kind."""
    return {
        paths.xmp: "xmp",
        paths.dng: "dng",
        paths.in_place: "in_place",
        paths.json: "json",
        paths.preview: "preview",
        paths.cube: "cube",
        paths.tiff: "tiff",
        paths.jpeg: "jpeg",
    }


def source_of(raw: Path | None) -> list[int] | None:
    """Size and time of change (ns) of a RAW file, which tell whether it is still the same."""
    if raw is not None:
        with contextlib.suppress(OSError, ValueError):
            status = raw.stat()
            return [status.st_size, status.st_mtime_ns]
    return None


def _content(path: Path) -> str:
    """The digest of a file; its name where it cannot be read, which its reader will tell of."""
    try:
        return content_digest(path)
    except InputError:
        return str(path)


def _digest(facts: Any) -> str:
    return hashlib.blake2b(json.dumps(facts).encode()).hexdigest()[:_LETTERS]
