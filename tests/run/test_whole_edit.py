"""A style that uses more than the ten sliders, learnt and written as a user does it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from simulated import write_pair

import run.inference
import run.lora_finetune
import run.predict_and_render
import run.train_autopilot
import scripts.merge_lora
import scripts.style_preset
from dataset.manifest import make_entry, merge_manifest
from imaging.jpeg import write_preview
from imaging.preview import make_preview, read_preview, read_proxy
from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_model, save_model
from model.config import AutoPilotConfig, BackboneConfig
from model.lora_blend import blend_lora
from model.preprocess import params_norm_of, preview_to_tensor
from params.panels import moved_panels
from params.ranges import neutral_params
from params.record import Record, read_record, write_record
from params.xmp_packet import merge_fields, read_fields

QUICK = ["--device", "cpu", "--workers", "0"]
SMALL = ["--backbone", "test_vit", "--image-size", "32", *QUICK]
PICTURES = 24
OWN = {"PostCropVignetteAmount": "-55", "BlueSaturation": "+33", "Exposure2012": "-2.00"}
OWN |= {"CameraProfile": "Camera Vivid", "CropTop": "0.1", "HasCrop": "True"}


def style(light: float) -> dict[str, float]:
    """Mixer by the picture's light, dark ones toned blue, and one vignette and grain for all."""
    dark = light < 0.5
    return {
        "Exposure2012": 1.0 - 2.0 * light,
        "SaturationAdjustmentOrange": -60.0 + 120.0 * light,
        "SplitToningShadowHue": 220.0 if dark else 40.0,
        "SplitToningShadowSaturation": 40.0 if dark else 30.0,
        "HueAdjustmentRed": 35.0 if light < 0.3 else 0.0,
        "PostCropVignetteAmount": -20.0,
        "GrainAmount": 25.0,
    }


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """A manifest of previews of one light each, with the style."""
    folder = tmp_path_factory.mktemp("whole edit")
    entries = []
    for i in range(PICTURES):
        light = (i + 0.5) / PICTURES
        noise = np.random.default_rng(i).random((24, 36, 3), np.float32)
        preview, data = folder / f"{i}.png", folder / f"{i}.json"
        write_preview(preview, (light * 0.8 + 0.2 * noise).astype(np.float32))
        write_record(data, Record(neutral_params() | style(light), process=2))
        raw = folder / f"{i}.dng"
        entries.append(
            make_entry(
                id=str(i),
                split="validation" if i % 6 == 3 else "training",
                expert="c",
                raw=raw,
                tif=None,
                preview=preview,
                data=data,
            )
        )
    merge_manifest(folder / "manifest.jsonl", entries)
    return folder


def flags(folder: Path) -> list[str]:
    return ["--manifest", str(folder / "manifest.jsonl"), "--cache", str(folder / "cache")]


@pytest.fixture(scope="module")
def base(taught) -> Path:
    """A model of the ten sliders and the tone curve only, with random weights."""
    torch.manual_seed(1)
    backbone = BackboneConfig("test_vit", image_size=32)
    model = AutoPilotRegressor(AutoPilotConfig(backbone, process=2))
    model.start_at(params_norm_of(neutral_params(), 16))
    save_model(taught / "base.pt", model)
    return taught / "base.pt"


@pytest.fixture(scope="module")
def lora(taught, base) -> Path:
    words = ["--checkpoint", str(base), "--epochs", "40", "--lr", "0.003", "--batch-size", "4"]
    out = ["--save-frequency", "40", "--output", str(taught / "lora")]
    assert run.lora_finetune.main([*flags(taught), *QUICK, *words, *out]) == 0
    return taught / "lora" / "lora_epoch040.pt"


def predict(raw: Path, out: Path, *words: object) -> tuple[dict, dict]:
    """Parameters and XMP fields that a model gives a RAW file."""
    flags = ["--input", raw, "--output", out, "--export-json", *QUICK[:2]]
    assert run.inference.main([str(word) for word in (*words, *flags)]) == 0
    record = read_record(out / "data" / f"{raw.stem}.json")
    return record.params, read_fields((out / "xmps" / f"{raw.stem}.xmp").read_bytes(), "XMP")


def test_basic_only_is_as_before(taught, tmp_path) -> None:
    words = ["--sliders", "basic", "--epochs", "1", "--output", str(tmp_path)]
    assert run.train_autopilot.main([*flags(taught), *SMALL, *words]) == 0
    content = torch.load(tmp_path / "best.pt", weights_only=True)
    assert not [name for name in content["model"] if "panel" in name]
    assert content["config"]["outputs"][-1] == "ToneCurve"
    assert content["config"]["constants"] == {}


def test_what_is_learnt_is_said_and_in_the_adapter(taught, base, tmp_path, capsys) -> None:
    words = ["--checkpoint", str(base), "--epochs", "1", "--output", str(tmp_path / "l")]
    assert run.lora_finetune.main([*flags(taught), *QUICK, *words]) == 0
    said = capsys.readouterr().err
    assert "mixer (2), grading (2)" in said
    assert "constants: PostCropVignetteAmount -20, GrainAmount 25" in said
    assert "left neutral: parametric, calibration, black_and_white, curves" in said
    content = torch.load(tmp_path / "l" / "lora_epoch001.pt", weights_only=True)
    assert content["style"]["constants"] == {"PostCropVignetteAmount": -20.0, "GrainAmount": 25.0}
    assert content["style"]["gated"] == ["HueAdjustmentRed"]
    heads = {n.split(".")[1] for n in content["lora_state"] if n.startswith("panel_heads")}
    assert heads == {"color_mixer", "color_grading"}
    assert not [name for name in content["lora_state"] if name.startswith("sliders_head")]


def test_the_style_is_learnt(taught, base, lora) -> None:
    model, _ = load_model(base)
    blend_lora(model, [(lora, 1.0)])
    previews = [read_preview(taught / f"{i}.png") for i in (3, 21)]  # of the validation split
    image = torch.stack([preview_to_tensor(preview, 32) for preview in previews])
    norm = model(image)["params_norm"]
    mixer = norm["SaturationAdjustmentOrange"] * 100.0
    assert mixer[0] < -15.0
    assert mixer[1] > 15.0
    hue = (norm["SplitToningShadowHue"] + 1.0) * 180.0
    assert hue[0].item() == pytest.approx(220.0, abs=45.0)
    assert hue[1].item() == pytest.approx(40.0, abs=45.0)
    gated = norm["HueAdjustmentRed"] * 100.0
    assert gated[0].item() == pytest.approx(35.0, abs=12.0)
    assert gated[1].item() == 0.0


def test_xmp_holds_the_whole_edit_and_keeps_the_photographers(base, lora, tmp_path) -> None:
    raw = tmp_path / "raws" / "a.dng"
    write_pair(raw, tmp_path / "a.tif", 3)
    raw.with_suffix(".xmp").write_bytes(merge_fields(None, OWN, "XMP"))
    with_lora = ["--checkpoint", base, "--lora-checkpoint", lora]
    params, fields = predict(raw, tmp_path / "out", *with_lora)
    assert fields["PostCropVignetteAmount"] == "-20"
    assert fields["GrainAmount"] == "25"
    assert int(fields["SplitToningShadowSaturation"]) > 10
    assert fields["SaturationAdjustmentOrange"] == f"{params['SaturationAdjustmentOrange']:+.0f}"
    assert fields["BlueSaturation"] == "+33"  # calibration: no panel of the style
    assert (fields["CameraProfile"], fields["CropTop"]) == ("Camera Vivid", "0.1")
    assert fields["Exposure2012"] != "-2.00"
    params, fields = predict(raw, tmp_path / "plain", *with_lora, "--no-constants")
    assert fields["PostCropVignetteAmount"] == "-55"
    assert "GrainAmount" not in {**params, **fields}
    assert "SplitToningShadowSaturation" in fields
    _, fields = predict(raw, tmp_path / "some", *with_lora, "--write", "grading")
    assert fields["Exposure2012"] == "-2.00"
    assert "SaturationAdjustmentOrange" not in fields
    assert "SplitToningShadowSaturation" in fields
    _, fields = predict(raw, tmp_path / "base", "--checkpoint", base)
    assert fields["PostCropVignetteAmount"] == "-55"


def test_the_picture_is_rendered_with_the_whole_edit(base, lora, tmp_path) -> None:
    from imaging.tiff import read_tif16

    raw = tmp_path / "raws" / "a.dng"
    write_pair(raw, tmp_path / "a.tif", 3)
    words = ["--checkpoint", base, "--lora-checkpoint", lora, "--input", raw, *QUICK[:2]]
    pictures = []
    for name, more in (("whole", []), ("plain", ["--no-constants"])):
        out = [*more, "--output", tmp_path / name]
        assert run.predict_and_render.main([str(word) for word in (*words, *out)]) == 0
        pictures.append(read_tif16(next((tmp_path / name).rglob("a.tif"))))
    whole, plain = pictures
    assert whole[:8, :8].mean() < 0.98 * plain[:8, :8].mean()  # the vignette


def test_merged_and_halved(base, lora, tmp_path, pairs) -> None:
    raw = pairs / "raw" / "one.dng"
    words = ["--checkpoint", base, "--lora-checkpoint", lora, "--output", tmp_path / "m.pt"]
    assert scripts.merge_lora.main([str(word) for word in words]) == 0
    merged, _ = predict(raw, tmp_path / "1", "--checkpoint", tmp_path / "m.pt")
    whole, _ = predict(raw, tmp_path / "2", *words[:4])
    twice = [*words[:3], f"{lora}:0.5", f"{lora}:0.5"]
    halves, _ = predict(raw, tmp_path / "3", *twice)
    assert set(merged) == set(whole) == set(halves)
    assert merged["GrainAmount"] == 25.0
    for name, value in whole.items():
        assert merged[name] == pytest.approx(value, abs=1e-3)
        assert halves[name] == pytest.approx(value, abs=0.2)
    content = torch.load(tmp_path / "m.pt", weights_only=True)
    assert content["config"]["constants"] == {"PostCropVignetteAmount": -20.0, "GrainAmount": 25.0}


def test_training_from_scratch_with_pictures_and_resume(taught, tmp_path) -> None:
    """With rendered pictures, panels and all; a run that goes on comes to the same model."""
    folder = tmp_path / "set"
    entries = []
    for i in range(4):
        raw, tif = folder / f"{i}.dng", folder / f"{i}.tif"
        write_pair(raw, tif, i)
        preview, data = folder / f"{i}.png", folder / f"{i}.json"
        write_preview(preview, make_preview(read_proxy(raw)))
        write_record(data, Record(neutral_params() | style(i / 4.0), process=2))
        entries.append(
            make_entry(
                id=str(i),
                split="training",
                expert="c",
                raw=raw,
                tif=tif,
                preview=preview,
                data=data,
            )
        )
    merge_manifest(folder / "manifest.jsonl", entries)
    words = [*flags(folder), *SMALL, "--use-edit-layer", "--edit-resolution", "32"]
    out = ["--output", str(tmp_path / "out")]
    assert run.train_autopilot.main([*words, *out, "--epochs", "1"]) == 0
    model, config = load_model(tmp_path / "out" / "last.pt")
    assert config.outputs.sliders[:2] == ("HueAdjustmentRed", "SaturationAdjustmentOrange")
    assert set(model.panel_heads) == {"color_mixer", "color_grading"}
    assert run.train_autopilot.main([*words, *out, "--epochs", "2", "--resume"]) == 0
    stats = torch.load(tmp_path / "out" / "best.pt", weights_only=True)["stats"]
    assert stats["spread"]["SplitToningShadowHue"] > 0.0
    assert json.loads((tmp_path / "out" / "args.json").read_text())["sliders"] == "auto"
    found = moved_panels(read_record(folder / "0.json").params, ("vignette",))
    assert found["PostCropVignetteAmount"] == -20.0


def test_wrong_panels_are_a_wrong_call(capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        run.lora_finetune.main(["--checkpoint", "a.pt", "--sliders", "sharpening"])
    assert stopped.value.code == 2
    assert "panel 'sharpening' is none of basic, mixer" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        run.inference.main(["--checkpoint", "a.pt", "--input", "b", "--write", "lens"])
    assert stopped.value.code == 2


def test_the_adapter_is_a_preset_of_its_own(lora, tmp_path) -> None:
    """Constants, and the middle of what depends on the picture; merged adapters have it too."""
    out = tmp_path / "style.xmp"
    words = ["--lora", lora, "--name", "Mine", "--group", "Ours", "--output", out]
    assert scripts.style_preset.main([str(word) for word in words]) == 0
    fields = read_fields(out.read_bytes(), "XMP")
    assert fields["PostCropVignetteAmount"] == "-20"
    assert fields["GrainAmount"] == "25"
    assert abs(float(fields["SaturationAdjustmentOrange"])) < 10.0
    assert "Temperature" not in fields
    assert b"Mine" in out.read_bytes()
    assert out.with_suffix(".cube").read_text().startswith('TITLE "Mine"')
