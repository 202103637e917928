"""run/evaluate.py on whole edits: errors by panel, gates, and the basic sliders alone."""

import csv
import json
from pathlib import Path

import pytest
import torch
from evaluated import whole_edit_of, write_set

import run.evaluate
from model.autopilot import AutoPilotRegressor
from model.checkpoint import save_model
from model.confidence import load_confidence
from model.config import AutoPilotConfig, BackboneConfig
from model.preprocess import params_norm_of
from params.outputs import Outputs

RED, ORANGE = "HueAdjustmentRed", "SaturationAdjustmentOrange"
HUE, SATURATION = "SplitToningShadowHue", "SplitToningShadowSaturation"
OUTPUTS = Outputs((RED, ORANGE, HUE, SATURATION), (RED,), constants={"GrainAmount": 25.0})
SPLITS = {"training": 6, "validation": 20, "testing": 4}


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Path:
    """An evaluation of a model that gives every picture much the same."""
    folder = tmp_path_factory.mktemp("panels")
    manifest = write_set(folder / "set", SPLITS, whole=True)
    torch.manual_seed(0)
    model = AutoPilotRegressor(
        AutoPilotConfig(BackboneConfig("test_vit", image_size=32), process=2)
    )
    new = model.set_outputs(OUTPUTS)
    norms = [params_norm_of(whole_edit_of(i, "c"), 16, OUTPUTS) for i in range(6)]
    model.start_at(norms[0])
    model.start_panels_at({n: torch.stack([one[n] for one in norms]) for n in norms[0]}, new)
    with torch.no_grad():
        model.panel_head("color_mixer").proj.weight.zero_()  # its gate stays closed
    save_model(folder / "model.pt", model)
    words = ["--checkpoint", folder / "model.pt", "--manifest", manifest, "--expert", "c"]
    words += ["--output", folder / "out", "--cache", folder / "cache", "--experts", "d"]
    words += ["--workers", 0, "--device", "cpu"]
    assert run.evaluate.main([str(word) for word in words]) == 0
    return folder / "out"


def test_each_row_has_its_errors_by_panel(found) -> None:
    content = json.loads((found / "metrics.json").read_text())
    rows = ["no edit", "auto", "mean edit", "nearest neighbour", "model", "basic sliders only"]
    rows.append("expert d")
    assert list(content["rows"]) == rows
    panels = content["by_panel"]["panels"]
    assert list(panels) == rows
    assert list(panels["model"]) == ["basic", "color_mixer", "color_grading", "grain", "curves"]
    assert panels["no edit"]["grain"] == pytest.approx(25.0)
    assert panels["mean edit"]["grain"] == panels["model"]["grain"] == pytest.approx(0.0, abs=1e-3)
    only = panels["basic sliders only"]
    assert only["basic"] == panels["model"]["basic"]
    assert only["color_mixer"] == panels["no edit"]["color_mixer"]
    of_pictures = [content["rows"][row]["delta_e"]["mean"] for row in ("model", rows[-2])]
    assert of_pictures[0] < of_pictures[1]  # the whole edit comes nearer than a part of it
    # The hues of the shadows lie on either side of red, 10 degrees off their mean.
    facts = content["by_panel"]["sliders"]
    assert facts[HUE]["error"] == pytest.approx(10.0, abs=4.0)
    moved = [whole_edit_of(26 + i, "c")[RED] != 0.0 for i in range(4)]
    assert facts[RED]["moved"] == pytest.approx(sum(moved) / 4.0)
    assert facts["GrainAmount"]["constant"]
    gates = content["by_panel"]["gates"]
    closed = 1.0 - sum(moved) / 4.0
    assert gates["no edit"][RED] == gates["model"][RED] == pytest.approx(closed)


def test_the_table_of_pictures_has_the_sliders_of_panels(found) -> None:
    with (found / "per_image.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    own = next(line for line in lines if line["row"] == "model")
    assert float(own["GrainAmount"]) == pytest.approx(25.0, abs=1e-3)
    assert float(own["error_panel_color_mixer"]) > 0.0
    assert own[f"right_{RED}"] in ("0", "1")
    without = next(line for line in lines if line["row"] == "basic sliders only")
    assert without["GrainAmount"] == ""


def test_page_and_markdown_show_panels(found) -> None:
    page = (found / "report.html").read_text(encoding="utf-8")
    assert "Error by panel" in page
    text = (found / "report.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(f"| {RED} "))
    assert "with a gate" in line
    assert "%" in line


def test_confidence_knows_the_panels(found) -> None:
    known = load_confidence(found / "confidence.pt")
    assert set(known.panels) == {"color_mixer", "color_grading"}
    assert set(OUTPUTS.sliders) <= set(known.spread)
    scores, shares = known.panels["color_grading"]
    assert len(scores) == len(shares) >= 1
