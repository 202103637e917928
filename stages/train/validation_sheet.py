"""What a model under training makes of pictures that it doesn't learn from."""

from pathlib import Path

import torch

from dataset.samples import Samples, collate
from imaging.metrics import delta_e00
from model.edit.strips import to_pixels
from model.engine import Trainer, predict, to_device
from params.edit_numbers import denormalize_values
from report.picture_grid import write_grid

PICTURES = 6


@torch.no_grad()
def draw_sheet(path: Path, trainer: Trainer, samples: Samples, *, title: str = "") -> None:
    """Write a PNG: as shot, predicted and target of some pictures that have a pair.

    Without any such picture (training by parameters only) nothing is written.
    """
    paired = [i for i, shape in enumerate(samples.shapes()) if shape is not None]
    chosen = paired[:: max(1, len(paired) // PICTURES)][:PICTURES]
    trainer.model.eval()
    rows = []
    for i in chosen:
        batch = to_device(collate([samples[i]]), trainer.device)
        norm = predict(trainer.model, batch)
        edit = denormalize_values(norm)
        raw, target = batch["raw"].float(), batch["target"].float()
        edited = trainer.loss.render(raw, batch["valid"], edit, batch.get("shots"))
        before, after, wanted = (to_pixels(image) for image in (raw, edited, target))
        rows.append(
            [
                (f"{batch['id'][0]}\nas shot, dE00 {delta_e00(before, wanted).mean():.1f}", before),
                (f"predicted\ndE00 {delta_e00(after, wanted).mean():.1f}", after),
                ("target", wanted),
            ]
        )
    if rows:
        write_grid(path, rows, title=title)
