"""What a run of a model over RAW files would change in their settings; nothing is written."""

import logging
from dataclasses import replace
from pathlib import Path

from jobs.cores import cores
from jobs.progress import each
from stages.predict.decoded_raw import decode_raw
from stages.predict.load_predictor import load_predictor
from stages.predict.plan import Plan
from stages.predict.settings import PredictSettings
from stages.predict.xmp_files import change_xmp

log = logging.getLogger(__name__)


def show_changes(settings: PredictSettings, planned: Plan) -> int:
    """Print each picture's change of settings to standard output, as a unified diff.

    Pictures that fail are named, the rest go on.

    Returns:
        how many could be predicted.

    Raises:
        InputError: the model cannot be loaded.
    """
    from tqdm import tqdm

    todo = planned.todo
    if not todo:
        return 0
    # Confidence changes no settings.
    predictor = load_predictor(replace(settings, confidence=None, min_confidence=None))
    if planned.sequences:
        from stages.predict.consistent_predictor import look_at_scenes

        jobs = settings.jobs or cores()
        predictor = look_at_scenes(predictor, planned.sequences, jobs, debug=settings.debug)

    def show(raw: Path) -> None:
        decoded = decode_raw(raw, predictor.process)
        metadata = decoded.metadata
        found = predictor.predict_from(raw, decoded.proxy, decoded.shot, metadata)
        paths = todo[raw]
        change = change_xmp(raw, found.record, found.shot, metadata, paths, settings.xmp)
        difference = change.difference()
        if difference:
            tqdm.write(difference)
        else:
            log.info("%s: no change", change.file)

    looked_at = each(todo, show, name=str, desc="dry run", debug=settings.debug)
    log.info("%d looked at, nothing written", looked_at)
    return looked_at
