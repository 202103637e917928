"""What a user has, from elsewhere or from an earlier run, is still there after a command."""

import hashlib
import json
from pathlib import Path

import pytest
import torch

import run.inference
import run.predict_and_render
import run.train_autopilot
import scripts.fivek_tif_to_xmp
from model.checkpoint import load_model, weights_digest
from model.lora import AdapterFacts, inject_lora, save_lora
from params.record import read_record
from tests.simulated import write_pair

CPU = ["--device", "cpu"]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_users_own_tiff_is_not_replaced(checkpoint: Path, tmp_path: Path) -> None:
    """The results' folder is the shoot's own, where an export of the same name lies."""
    write_pair(tmp_path / "a.dng", tmp_path / "a.tif", 0)
    before = digest(tmp_path / "a.tif")
    words = ["--checkpoint", str(checkpoint), "--input", str(tmp_path / "a.dng"), *CPU]
    words += ["--output", str(tmp_path), "--srgb-output"]
    assert run.predict_and_render.main(words) == 0
    assert digest(tmp_path / "a.tif") == before
    assert (tmp_path / "xmps" / "a.xmp").is_file()
    assert (tmp_path / "a.jpg").is_file()
    assert run.predict_and_render.main([*words, "--overwrite"]) == 0
    assert digest(tmp_path / "a.tif") != before


def test_a_fit_starts_from_the_sidecar(tmp_path: Path) -> None:
    write_pair(tmp_path / "a.dng", tmp_path / "a.tif", 0)
    (tmp_path / "a.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
        'syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmp:Rating="4" '
        'crs:Sharpness="77" crs:Exposure2012="+4.00"/></rdf:RDF></x:xmpmeta>'
    )
    before = digest(tmp_path / "a.xmp")
    out = tmp_path / "out"
    assert scripts.fivek_tif_to_xmp.main(["--root", str(tmp_path), "--output", str(out), *CPU]) == 0
    packet = (out / "xmps" / "a.xmp").read_text()
    assert 'Rating="4"' in packet
    assert 'Sharpness="77"' in packet
    assert "+4.00" not in packet
    assert digest(tmp_path / "a.xmp") == before


def test_a_fit_of_32_knots_renders_as_measured(tmp_path: Path) -> None:
    from dataset.pairs import load_pair
    from imaging.metrics import difference
    from model.render import render_record
    from stages.fit.fit_pair import FIT_LONG_SIDE

    write_pair(tmp_path / "a.dng", tmp_path / "a.tif", 1)
    out = tmp_path / "out"
    words = ["--root", str(tmp_path), "--output", str(out), "--curve-knots", "32", *CPU]
    assert scripts.fivek_tif_to_xmp.main(words) == 0
    record = read_record(out / "data" / "a.json")
    assert len(record.params["ToneCurve"]) == 32
    pair = load_pair(tmp_path / "a.dng", tmp_path / "a.tif", FIT_LONG_SIDE)
    again = difference(render_record(pair.raw, record), pair.target).delta_e
    assert again == pytest.approx(record.fit["after"]["delta_e"], abs=0.01)


def test_an_earlier_training_run_is_moved_aside(pairs: Path, tmp_path: Path) -> None:
    fits, out = tmp_path / "fits", tmp_path / "run"
    words = ["--root", str(pairs), "--output", str(fits), "--limit", "1", *CPU]
    assert scripts.fivek_tif_to_xmp.main(words) == 0
    words = ["--manifest", str(fits / "dataset_manifest.jsonl"), "--backbone", "test_vit", *CPU]
    words += ["--image-size", "32", "--epochs", "1", "--workers", "0", "--output", str(out)]
    words += ["--cache", str(tmp_path / "cache")]
    assert run.train_autopilot.main([*words, "--seed", "1"]) == 0
    first = digest(out / "best.pt")
    assert run.train_autopilot.main([*words, "--seed", "2"]) == 0
    assert digest(out / "earlier_001" / "best.pt") == first
    assert json.loads((out / "earlier_001" / "args.json").read_text())["seed"] == 1
    assert digest(out / "best.pt") != first


def test_two_adapters_of_one_base(checkpoint: Path, raws: Path, tmp_path: Path) -> None:
    """The second is checked against the base, not against the base with the first in it."""
    files = []
    for seed in (1, 2):
        model, _ = load_model(checkpoint)
        base = weights_digest(model.state_dict())
        names = inject_lora(model)
        torch.manual_seed(seed)
        for name in names:
            torch.nn.init.normal_(model.get_submodule(name).lora_up, std=0.05)
        files.append(tmp_path / f"{seed}.pt")
        save_lora(files[-1], model, AdapterFacts(None, "base.pt", base), epoch=1)
    raw = str(next(iter(sorted(raws.rglob("*.dng")))))
    exposures = []
    for adapters in ([], files[:1], files):
        out = tmp_path / f"out {len(adapters)}"
        words = ["--checkpoint", str(checkpoint), "--input", raw, "--output", str(out)]
        words += ["--export-json", *CPU]
        if adapters:
            words += ["--lora-checkpoint", *map(str, adapters)]
        assert run.inference.main(words) == 0
        [found] = list((out / "data").glob("*.json"))
        exposures.append(read_record(found).params["Exposure2012"])
    assert len(set(exposures)) == 3
