"""A predictor that has looked at all frames of a scene before it tells the edit of one."""

import contextlib
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from jobs.pipeline import Stage, run_stages
from params.record import Record
from stages.predict.consistent import Frame, edited_alike
from stages.predict.decoded_raw import DecodedRaw, decode_raw
from stages.predict.frame_groups import FrameFacts, facts_of, scenes
from stages.predict.prediction import SCENE, AnyPredictor, Prediction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConsistentPredictor:
    """Gives the frames of a scene edits that go together, other pictures their own.

    edits: those of frames that are in a scene with others.
    """

    each: AnyPredictor
    edits: Mapping[Path, Record] = field(default_factory=dict)

    @property
    def process(self) -> int:
        return self.each.process

    @property
    def panels(self) -> tuple[str, ...]:
        return self.each.panels

    def predict_from(
        self, raw: Path, proxy: np.ndarray, shot: Shot, metadata: Metadata
    ) -> Prediction:
        """As AnyPredictor.predict_from."""
        if raw in self.edits:
            return Prediction(raw, self.edits[raw], proxy, shot)
        return self.each.predict_from(raw, proxy, shot, metadata)


def look_at_scenes(
    predictor: AnyPredictor, sequences: Sequence[Sequence[Path]], jobs: int, *, debug: bool = False
) -> AnyPredictor:
    """Predict every frame of some sequences, and keep their edits as their scenes have them.

    Of each frame its edit is kept and no pixels. A frame that can't be read is left out, to be
    told of when its turn comes.

    Args:
        sequences: of stages.predict.frame_groups.sequences.
        jobs: files read side by side.
        debug: raise the first error.
    """
    raws = [raw for members in sequences for raw in members]
    if not raws:
        return predictor
    from tqdm import tqdm

    def read(raw: Path) -> tuple[Path, DecodedRaw]:
        return raw, decode_raw(raw, predictor.process, warn=lambda _: None)

    def predict(read: tuple[Path, DecodedRaw]) -> tuple[Frame, FrameFacts]:
        raw, decoded = read
        found = predictor.predict_from(raw, decoded.proxy, decoded.shot, decoded.metadata)
        facts = facts_of(decoded.metadata, decoded.shot, decoded.proxy)
        return Frame(found.record, decoded.shot, facts.exposure), facts

    frames: dict[Path, Frame] = {}
    facts: dict[Path, FrameFacts] = {}
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    with contextlib.closing(run_stages(raws, [Stage(read, jobs), Stage(predict)])) as results:
        for result in tqdm(results, total=len(raws), desc="scenes", **progress):
            if result.error is None:
                frames[result.item], facts[result.item] = result.result
            elif debug:
                raise result.error
    found = [scene for scene in scenes(facts) if sum(map(len, scene)) > 1]
    edits: dict[Path, Record] = {}
    for scene in found:
        alike = edited_alike([[frames[raw] for raw in burst] for burst in scene])
        said = {"first": scene[0][0].name, "frames": sum(map(len, scene))}
        for burst, records in zip(scene, alike, strict=True):
            for raw, record in zip(burst, records, strict=True):
                edits[raw] = replace(record, extra=record.extra | {SCENE: said})
    log.info("%d frames of %d scenes are edited alike", len(edits), len(found))
    return ConsistentPredictor(predictor, edits)
