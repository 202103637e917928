"""The contact sheet of an output folder: before, after and sliders of each picture, one page."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.camera import Shot
from params.ranges import CURVE_NAME, SLIDERS, neutral_params
from params.record import Record
from params.white_balance import WHITE
from params.xmp_white import shown_settings, shown_white
from report.html_page import is_picture_uri, picture_uri, read_embedded, write_page
from stages.predict.batch_report import BatchReport

NAME = "contact_sheet.html"
LONG_SIDE = 280
_RENDER_SIDE = 512  # at which edits that look at the whole picture are what they are elsewhere
_DATA = "pictures"

Card = dict[str, Any]


def make_card(proxy: np.ndarray, record: Record, shot: Shot, device: str, camera: str) -> Card:
    """What the sheet shows of a picture.

    Its `size`, how large the edit is, is the mean ΔE00 between before and after.

    Args:
        proxy: HxWx3 linear ProPhoto, unedited.
    """
    from imaging.metrics import delta_e00
    from imaging.resize import fit_long_side
    from model.render import render_record

    neutral = Record(neutral_params(), record.process, masks=record.masks)
    small = fit_long_side(proxy, _RENDER_SIDE)
    before, after = (
        fit_long_side(render_record(small, edit, device, shot=shot), LONG_SIDE)
        for edit in (neutral, record)
    )
    return {
        "camera": camera,
        "size": round(float(delta_e00(before, after).mean()), 2),
        "shape": list(before.shape[:2]),
        "before": picture_uri(before, LONG_SIDE),
        "after": picture_uri(after, LONG_SIDE),
        "settings": shown_settings(record, shot.color, shot.neutral),
        "as_shot": shown_white(neutral, shot.color, shot.neutral),
    }


@dataclass
class ContactSheet:
    """Cards by the name of a picture's results; those of earlier runs are kept."""

    path: Path
    cards: dict[str, Card]

    @classmethod
    def open(cls, folder: Path) -> "ContactSheet":
        """The sheet of an output folder; cards that cannot be used are left out."""
        path = folder / NAME
        found = read_embedded(path, _DATA)
        cards = found.get("cards") if isinstance(found, dict) else None
        kept = cards.items() if isinstance(cards, dict) else ()
        return cls(path, {name: card for name, card in kept if _is_card(card)})

    def lacks(self, name: Path, report: BatchReport) -> bool:
        """Whether there is no card of a picture, or one of another edit than the reported."""
        card, settings = self.cards.get(name.as_posix()), report.get(name).get("settings")
        return card is None or (settings is not None and card["settings"] != settings)

    def write(self, report: BatchReport) -> None:
        """Write the page. Raises InputError when the folder refuses."""
        ordered = dict(sorted(self.cards.items()))
        failed = [[name, error] for name, error in report.failures() if name not in ordered]
        sliders = [[s.name, s.low, s.high, s.neutral] for s in SLIDERS]
        data = {"cards": ordered, "failed": failed, "sliders": sliders}
        title = f"Contact sheet: {self.path.parent.resolve().name}"
        write_page(self.path, "contact_sheet", title, {_DATA: data})


def _is_card(card: Any) -> bool:
    """Whether a card from a file is whole: the page's script and a later run rely on it."""
    try:
        numbers = [card["size"], *card["shape"], *card["settings"][CURVE_NAME]]
        numbers += [card["settings"][slider.name] for slider in SLIDERS]
        if card.get("as_shot") is not None:  # older ones have none
            numbers += [card["as_shot"][name] for name in WHITE]
        texts = [card["camera"], card["before"], card["after"]]
        return (
            all(type(n) in (int, float) and math.isfinite(n) for n in numbers)
            and len(card["shape"]) == 2
            and all(isinstance(text, str) for text in texts)
            and all(map(is_picture_uri, texts[1:]))
        )
    except (KeyError, TypeError):
        return False
