"""How many pictures of a usual catalog --require-supported keeps.

The catalog is made up. Its shares are those of 378 real edits from 33 public sources, counted over
photographers, in per cent.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lightroom import Picture, write_catalog

from dataset.lightroom.choose_edits import choose_edits
from dataset.lightroom.edit import Edit
from dataset.lightroom.find_edits import find_edits
from dataset.lightroom.report_facts import facts_of
from dataset.lightroom.settings import EditFilter
from params import edit_process

PICTURES = 500
Fields = dict[str, Any]
HELD: dict[str, tuple[int, Fields]] = {
    "clarity": (63, {"Clarity2012": 25}),
    "dehaze": (20, {"Dehaze": 15}),
    "texture": (16, {"Texture": 30}),
    "curve": (39, {"ToneCurveName2012": "Custom", "ToneCurvePV2012": [0, 0, 64, 50, 255, 255]}),
    "ends": (26, {"ToneCurveName2012": "Custom", "ToneCurvePV2012": [0, 25, 255, 240]}),
    "mixer": (28, {"SaturationAdjustmentBlue": -40, "HueAdjustmentGreen": 20}),
    "vignette": (20, {"PostCropVignetteAmount": -25, "PostCropVignetteMidpoint": 40}),
    "parametric": (16, {"ParametricDarks": -20, "ParametricShadows": 15}),
    "channel curves": (16, {"ToneCurvePV2012Blue": [0, 20, 255, 240]}),
    "calibration": (14, {"BlueHue": -15, "BlueSaturation": 25}),
    "grading": (13, {"SplitToningShadowHue": 210, "SplitToningShadowSaturation": 20}),
    "crop": (45, {"HasCrop": True, "CropTop": 0.1, "CropBottom": 0.9}),
    "lens profile": (22, {"LensProfileEnable": 1}),
    "camera profile": (12, {"CameraProfile": "Camera Neutral"}),
}
MASKS = (14, {"MaskGroupBasedCorrections": [{"What": "Correction", "CorrectionActive": True}]})


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    random = np.random.default_rng(15)
    settings: list[Fields] = [
        {"ProcessVersion": "15.4", "WhiteBalance": "As Shot", "Exposure2012": 0.3}
        for _ in range(PICTURES)
    ]

    def give(share: int, fields: Fields, among: np.ndarray) -> np.ndarray:
        chosen = random.permutation(among)[: share * PICTURES // 100]
        for i in chosen:
            settings[i] |= fields
        return chosen

    everyone = np.arange(PICTURES)
    with_curve = everyone
    for what, (share, fields) in [*HELD.items(), ("masks", MASKS)]:
        chosen = give(share, fields, with_curve if what == "ends" else everyone)
        with_curve = chosen if what == "curve" else with_curve
    names = [f"{i}.nef" for i in everyone]
    for name in names:
        (tmp_path / name).touch()  # the catalog says all that is asked
    pictures = [Picture(name, settings=one) for name, one in zip(names, settings, strict=True)]
    write_catalog(tmp_path / "my.lrcat", f"{tmp_path}/", pictures)
    return tmp_path / "my.lrcat"


@pytest.fixture
def whole_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edit process 2 with Texture, Clarity and Dehaze."""
    process = edit_process.PROCESS_2
    panels = tuple(dict.fromkeys((*process.panels, "detail_presence")))
    monkeypatch.setitem(edit_process._BY_NUMBER, 2, replace(process, panels=panels))


@pytest.fixture
def kept(catalog: Path, whole_panels: None) -> Callable[[int], list[Edit]]:
    def count(process: int) -> list[Edit]:
        edits = choose_edits(find_edits([catalog], {}, process), EditFilter(require_supported=True))
        assert len(edits) == PICTURES
        return [edit for edit in edits if not edit.why_not]

    return count


def test_of_a_usual_catalog_at_least_80_in_100_are_kept(kept):
    assert len(kept(2)) >= 0.8 * PICTURES
    assert len(kept(2)) == PICTURES - 14 * PICTURES // 100  # all but those with masks
    assert len(kept(1)) <= 0.25 * PICTURES


def test_the_report_counts_the_shares(catalog, whole_panels):
    edits = [edit for edit in find_edits([catalog], {}, 2) if not edit.why_not]
    facts = facts_of(edits)
    assert facts.whole == PICTURES - 14 * PICTURES // 100
    panels = {row.what: 100 * row.pictures // PICTURES for row in facts.panels}
    assert panels == {
        "basic sliders": 100,
        "texture, clarity, dehaze": panels["texture, clarity, dehaze"],
        "point curve": 39,
        "colour mixer": 28,
        "vignette": 20,
        "parametric curve": 16,
        "curves of colours": 16,
        "calibration": 14,
        "colour grading": 13,
    }
    assert 63 <= panels["texture, clarity, dehaze"] < 90
    lost = {row.what: (row.pictures, row.of_them) for row in facts.lost}
    assert {what: 100 * n // PICTURES for what, (n, _) in lost.items()} == {
        "crop": 45,
        "masks": 14,
        "camera profile": 12,
    }
    assert lost["masks"][1] == 14 * PICTURES // 100
    assert lost["crop"][1] == lost["camera profile"][1] == 0
    kept = {what: 100 * n // PICTURES for what, n in facts.kept}
    assert kept == {"lens profile": 22, "camera profile Camera Neutral": 12}
