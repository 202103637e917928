"""Published checkpoint and adapter as a user brings them: used in another process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from published import KEYS, published_adapter, published_state, vit_by_formula, with_adapter

from imaging.preview import make_preview, read_proxy
from model.preprocess import preview_to_tensor
from params.ranges import SLIDER_NAMES

REPO = Path(__file__).resolve().parents[2]


def test_base_and_adapter_predict_what_the_formulas_say(tmp_path, pairs) -> None:
    state, adapter = published_state(), published_adapter()
    torch.save({"model": state, "epoch": 9, "optimizer": {"state": {}}}, tmp_path / "base.pt")
    torch.save(
        {
            "lora_state": adapter,
            "lora_config": {"rank": 8, "alpha": 16.0, "target_patterns": KEYS["patterns"]},
            "base_checkpoint": "/nowhere/base.pt",
            "epoch": 10,
        },
        tmp_path / "style.pt",
    )
    raw = pairs / "raw" / "one.dng"
    image = preview_to_tensor(make_preview(read_proxy(raw)), 224)[None]
    done = subprocess.run(
        [
            sys.executable,
            REPO / "run" / "inference.py",
            "--checkpoint",
            "base.pt",
            "--lora-checkpoint",
            "style.pt:0.5",
            "--input",
            raw,
            "--output",
            "out",
            "--export-json",
            "--device",
            "cpu",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "doesn't say which base it was trained on" in done.stderr
    record = json.loads((tmp_path / "out" / "data" / "one.json").read_text())
    assert (record["process"], record["masks"]) == (1, "plain")
    half = {k: v * 0.5 if k.endswith("alpha") else v for k, v in adapter.items()}
    wanted = vit_by_formula(with_adapter(state, half), image)
    found = [record["params_norm"][slider] for slider in SLIDER_NAMES]
    assert found == pytest.approx(wanted["sliders"][0], abs=2e-4)
    assert record["params_norm"]["ToneCurve"] == pytest.approx(wanted["curve"][0], abs=2e-4)
    base = vit_by_formula(state, image)
    assert np.abs(wanted["sliders"] - base["sliders"]).max() > 0.02
