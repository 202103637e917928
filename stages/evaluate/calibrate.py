"""Confidence in predictions: learnt on validation, and looked at on the pictures judged."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from model.confidence import FEWEST, Confidence, calibrate
from model.panel_loss import panel_errors, panel_spread
from params.edit_numbers import denormalize_edit
from stages.evaluate.measure import Measured, Task, measure_all
from stages.evaluate.model_answers import ModelAnswer
from stages.evaluate.rows import Split, predicted
from stages.evaluate.settings import EvaluateSettings
from stages.evaluate.tables import Result, the_model

log = logging.getLogger(__name__)

# Errors to learn from need no large pictures: at this short side the mean ΔE00 is the same.
SHORT_SIDE = 160
BINS = 5


def learn(
    train: Split,
    val: Split,
    answers: Mapping[str, Mapping[str, ModelAnswer]],
    like: Task,
    *,
    settings: EvaluateSettings,
    digest: str,
) -> Confidence | None:
    """Calibrate on the validation pictures; None where they are too few.

    Args:
        answers: what the model gives for the pictures of "train" and "val" (all views), by id.
        like: a task with the folders to use.
        settings: processes, and the ΔE00 that counts as near.
        digest: of the model's files.
    """
    if len(val.ids) < FEWEST:
        log.warning("no confidence: %d validation pictures, fewer than %d", len(val.ids), FEWEST)
        return None
    edits = predicted(answers["val"]).edits
    tasks = tasks_of(val, answers["val"], like)
    measured: dict[str, Measured] = measure_all(
        tasks, settings.where, desc="calibrate", debug=settings.debug
    )
    ids = [id for id in val.ids if id in measured]
    if len(ids) < FEWEST:
        log.warning("no confidence: %d validation pictures could be measured", len(ids))
        return None
    outputs = train.samples.settings.outputs
    spread = panel_spread(outputs, train.samples.edits())
    rows = [val.ids.index(id) for id in ids]
    wanted = {name: value[rows] for name, value in val.samples.edits().items()}
    predictions = {name: torch.stack([edits[id][name] for id in ids]) for name in spread}
    errors = panel_errors(predictions, wanted, spread)
    return calibrate(
        torch.stack([answers["train"][id].features for id in train.ids]),
        train.samples.spread() | spread,
        [(answers["val"][id].features, answers["val"][id].params_norm) for id in ids],
        [measured[id]["model"]["delta_e"] for id in ids],
        panel_errors={panel: error.tolist() for panel, error in errors.items()},
        tolerance=settings.tolerance,
        digest=digest,
    )


def tasks_of(val: Split, answers: Mapping[str, ModelAnswer], like: Task) -> list[Task]:
    """What is to be measured of the validation pictures; arguments as learn()."""
    edits = predicted(answers).edits
    return [
        replace(
            like,
            entry=val.entries[id],
            edits={"model": denormalize_edit(edits[id])},
            others={},
            apart={},
            short_side=SHORT_SIDE,
            full_size=False,
            lpips=False,
        )
        for id in val.ids
    ]


def by_confidence(results: Sequence[Result], tolerance: float) -> list[dict[str, Any]]:
    """Pictures sorted by confidence, in BINS equal parts, the least confident first.

    Of each part `pictures`, mean `confidence`, mean `delta_e`, and the share `within` tolerance.
    """
    row = the_model(results)
    known = [
        (one.confidence, one.rows[row]["delta_e"]) for one in results if one.confidence is not None
    ]
    known.sort(key=lambda one: one[0])  # not by error: of equal confidence none comes first
    parts = min(BINS, len(known))
    found = []
    for i in range(parts):
        own = known[i * len(known) // parts : (i + 1) * len(known) // parts]
        confidences, errors = zip(*own, strict=True)
        found.append(
            {
                "pictures": len(own),
                "confidence": sum(confidences) / len(own),
                "delta_e": sum(errors) / len(own),
                "within": sum(error <= tolerance for error in errors) / len(own),
            }
        )
    return found
