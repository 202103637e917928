"""scripts/merge_lora.py, and adapters with weights, as a user calls them."""

import json
from pathlib import Path

import pytest
import torch

import run.inference
import scripts.merge_lora
from model.checkpoint import load_model
from model.lora import load_lora

CPU = ["--device", "cpu"]


def predicted(raw: Path, out: Path, *words: object) -> dict[str, float]:
    flags = ["--input", raw, "--output", out, "--export-json", "--no-export-xmp", *CPU]
    assert run.inference.main([str(word) for word in (*words, *flags)]) == 0
    record = json.loads((out / "data" / f"{raw.stem}.json").read_text())["params_norm"]
    return {name: value for name, value in record.items() if name != "ToneCurve"}


def test_merged_is_base_plus_adapter(checkpoint, adapter, tmp_path) -> None:
    out = tmp_path / "merged.pt"
    words = ["--checkpoint", str(checkpoint), "--lora-checkpoint", str(adapter)]
    assert scripts.merge_lora.main([*words, "--output", str(out)]) == 0
    merged, config = load_model(out)
    adapted, own = load_model(checkpoint)
    base, _ = load_model(checkpoint)
    load_lora(adapted, adapter)
    assert config == own
    image = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        one, two, plain = (m(image)["params_norm"] for m in (merged, adapted, base))
    assert max((one[name] - two[name]).abs().max() for name in one) < 1e-5
    assert max((one[name] - plain[name]).abs().max() for name in one) > 1e-2
    content = torch.load(out, weights_only=True)
    assert content["merged"] == [{"name": adapter.name, "weight": 1.0}]
    assert set(content["model"]) == set(torch.load(checkpoint, weights_only=True)["model"])


def test_weights_on_the_command_line(checkpoint, adapter, pairs, tmp_path) -> None:
    """Merged by halves, given by halves and given whole: the same prediction."""
    raw = pairs / "raw" / "one.dng"
    base = ["--checkpoint", checkpoint]
    halves = ["--lora-checkpoint", f"{adapter}:0.5", f"{adapter}:0.5"]
    given = predicted(raw, tmp_path / "halves", *base, *halves)
    whole = predicted(raw, tmp_path / "whole", *base, "--lora-checkpoint", adapter)
    quarter = predicted(raw, tmp_path / "quarter", *base, "--lora-checkpoint", f"{adapter}:0.25")
    words = [*base, *halves, "--output", tmp_path / "merged.pt"]
    assert scripts.merge_lora.main([str(word) for word in words]) == 0
    merged = predicted(raw, tmp_path / "merged", "--checkpoint", tmp_path / "merged.pt")
    for name, value in whole.items():
        assert given[name] == pytest.approx(value, abs=1e-5)
        assert merged[name] == pytest.approx(value, abs=1e-5)
    assert max(abs(quarter[name] - whole[name]) for name in whole) > 1e-3


def test_what_is_there_is_not_replaced(checkpoint, adapter, tmp_path, failing) -> None:
    words = ["--checkpoint", checkpoint, "--lora-checkpoint", adapter]
    before = checkpoint.read_bytes()
    [line] = failing(scripts.merge_lora, *words, "--output", checkpoint)
    assert "is there already; --overwrite replaces it" in line
    assert checkpoint.read_bytes() == before
    (tmp_path / "old.pt").write_bytes(b"old")
    whole = [str(word) for word in (*words, "--output", tmp_path / "old.pt", "--overwrite")]
    assert scripts.merge_lora.main(whole) == 0
    assert load_model(tmp_path / "old.pt")


def test_wrong_calls(checkpoint, adapter, tmp_path, capsys, failing) -> None:
    out = ["--output", str(tmp_path / "m.pt")]
    for wrong in (out, [*out, "--lora-checkpoint"], [*out, "--lora-checkpoint", "a.pt:nan"]):
        with pytest.raises(SystemExit) as left:
            scripts.merge_lora.main(["--checkpoint", str(checkpoint), *wrong])
        assert left.value.code == 2
    missing = tmp_path / "missing.pt"
    base = ["--checkpoint", checkpoint, "--lora-checkpoint"]
    [line] = failing(scripts.merge_lora, *base, f"{missing}:0.5", *out)
    assert line.startswith(f"ERROR: {missing}: No such file")
    [line] = failing(scripts.merge_lora, *base, "hf://nowhere", *out)
    assert "not of the form hf://owner/repo/file.pt" in line
    assert not (tmp_path / "m.pt").exists()
