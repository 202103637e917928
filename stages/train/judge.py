"""What a training run comes to, said at its end: its model beside one preset."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch.utils.data import DataLoader

from dataset.edit_groups import edit_groups
from dataset.manifest import Entry
from dataset.samples import Samples, collate
from imaging.metrics import delta_e00
from imaging.raw_picture import RawPicture
from model.autopilot import AutoPilotRegressor
from model.engine import predict, to_device
from model.panel_heads import constant_norm
from model.render import render_edits
from params.edit_numbers import denormalize_edit
from params.files import InputError
from params.record import read_record
from report.verdict import preset_advice, verdict
from stages.train.cross_validation import LeftOut
from stages.train.data import samples_of

log = logging.getLogger(__name__)

MOST = 60  # pictures, which takes some seconds to half a minute
_LONG_SIDE = 200
_NOBODY_KNOWS = (
    "no pictures are held out, so nobody can say whether it is better than one preset: "
    "scripts/split_manifest.py deals some out"
)


def judge(
    model: AutoPilotRegressor,
    train: DataLoader[Any],
    val: DataLoader[Any] | None,
    device: torch.device,
    what: str = "model",
    left_out: LeftOut | None = None,
) -> str:
    """Whether a model is better than one preset, in a sentence.

    The preset is the training split's mean edit. Both are rendered on pictures of the validation
    split, small, and compared with the photographer's own edit, all of it; of many pictures MOST
    are looked at, evenly over the split.

    what: what the sentence calls it.
    left_out: training pictures are looked at too, as models predict that have not learnt them, and
        with the preset of what these have.
    """
    from tqdm import tqdm

    learnt = samples_of(train)
    asked: list[tuple[Samples, int]] = []
    if left_out:
        asked += [(learnt, i) for i in range(len(learnt))]
    if val is not None:
        asked += [(samples_of(val), i) for i in range(len(samples_of(val)))]
    if not asked:
        return _NOBODY_KNOWS
    fixed = constant_norm(model.config.outputs)
    preset = denormalize_edit(learnt.mean_params() | fixed)
    model = model.to(device).eval()
    entries, errors = [], []
    chosen = asked[:: -(-len(asked) // MOST)]
    for samples, i in tqdm(
        chosen, desc="judge", unit="picture", file=sys.stderr, dynamic_ncols=True
    ):
        try:
            if left_out and samples is learnt:
                answer = denormalize_edit(left_out.answer(i))
                beside = denormalize_edit(left_out.preset(i))
            else:
                answer, beside = _answer(model, samples, i, device), preset
            errors.append(_errors(samples.entries[i], answer, beside, model))
        except InputError as error:
            log.warning("not judged by: %s", error)
            continue
        entries.append(samples.entries[i])
    if not entries:
        return "not one picture that is held out could be looked at"
    own, other = zip(*errors, strict=True)
    groups = edit_groups(entries).tolist()
    which = " left out in turn" if left_out else " held out"
    said = verdict(own, other, groups, which=which, more=preset_advice(len(learnt)))
    return f"the {what} is {said}"


@torch.no_grad()
def _answer(
    model: AutoPilotRegressor, samples: Samples, number: int, device: torch.device
) -> dict[str, Any]:
    """A picture's predicted edit, in Camera Raw's units."""
    batch = to_device(collate([samples[number]]), device)
    norm = predict(model, batch)
    return denormalize_edit({name: value[0].cpu() for name, value in norm.items()})


def _errors(
    entry: Entry, answer: Mapping[str, Any], preset: Mapping[str, Any], model: AutoPilotRegressor
) -> tuple[float, float]:
    """Mean ΔE00 of a prediction and of the preset to the photographer's own edit."""
    process, masks = model.config.process, model.config.masks
    record = read_record(entry.path("data"))
    with RawPicture(entry.path("raw")) as picture:
        pixels, shot = picture.linear_prophoto(_LONG_SIDE, process), picture.shot
    edits = (record.params, answer, preset)
    wanted, *others = render_edits(pixels, edits, process=process, masks=masks, shot=shot)
    own, other = (float(delta_e00(one, wanted).mean()) for one in others)
    return own, other
