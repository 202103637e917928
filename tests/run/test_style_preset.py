"""The command: a manifest's edits as a preset and a table."""

from pathlib import Path

import numpy as np
import pytest
import torch
from simulated import leftovers

from dataset.manifest import make_entry, read_manifest, write_manifest
from params.choose_outputs import choose_outputs
from params.edit_process import edit_process
from params.outputs_config import outputs_to_dict
from params.ranges import neutral_params
from params.record import Record, read_record, write_record
from params.training_edit import MEAN_EDIT, training_edit, training_edit_to_dict
from params.unsupported import Look
from params.xmp_packet import read_fields
from params.xmp_settings import read_settings
from scripts import style_preset

STYLE = {"LensProfileEnable": "1", "ProcessVersion": "15.4"}


def manifest(folder: Path, process: int = 2, count: int = 20) -> Path:
    """Edits with a constant mixer and look, and an exposure by the picture."""
    entries = []
    for i in range(count):
        params = neutral_params() | {"Exposure2012": 0.1 * i, "Contrast2012": 15.0}
        params |= {"SaturationAdjustmentBlue": -20.0, "PostCropVignetteAmount": -30.0}
        extra = {"style": STYLE | {"Sharpness": str(40 + i)}}
        data = folder / f"{i}.json"
        write_record(data, Record(params, process, look=Look("Film"), extra=extra))
        raw = preview = data
        expert = "me" if i else "other"
        entries.append(
            make_entry(
                id=f"{i}",
                split="training",
                expert=expert,
                raw=raw,
                tif=None,
                preview=preview,
                data=data,
            )
        )
    path = folder / "m.jsonl"
    write_manifest(path, entries)
    return path


def test_a_manifest_becomes_preset_and_table(tmp_path, caplog):
    caplog.set_level("INFO")
    out = tmp_path / "out" / "mine.xmp"
    words = ["--manifest", manifest(tmp_path), "--name", "Mine", "--output", out]
    assert style_preset.main([str(word) for word in words]) == 0
    data = out.read_bytes()
    found = read_settings(data)
    assert found.sliders == {"Exposure2012": 0.95, "Contrast2012": 15.0}
    assert found.panels["SaturationAdjustmentBlue"] == -20.0
    assert read_fields(data, "x")["LensProfileEnable"] == "1"
    assert "Sharpness" not in read_fields(data, "x")
    assert b'Name="Film"' in data
    lines = out.with_suffix(".cube").read_text().splitlines()
    assert lines[0] == 'TITLE "Mine"'
    assert sum(line[:1].isdigit() for line in lines) == 33**3
    said = "\n".join(r.message for r in caplog.records)
    assert "of 20 edits" in said
    assert "middle of: Exposure2012" in said
    assert "constant: Contrast2012, SaturationAdjustmentBlue" in said
    assert leftovers(tmp_path) == []


def test_the_table_has_no_vignette(tmp_path):
    """A vignette on the table's grid would darken colours by their place in the grid."""
    from model.cube_lut import edit_table

    path = manifest(tmp_path)
    out = tmp_path / "a.xmp"
    assert style_preset.main(["--manifest", str(path), "--output", str(out)]) == 0
    lines = out.with_suffix(".cube").read_text().splitlines()
    rows = np.array([line.split() for line in lines if line[:1].isdigit()], float)
    edit = {"Exposure2012": 0.95, "Contrast2012": 15.0, "SaturationAdjustmentBlue": -20.0}
    wanted = edit_table(Record(neutral_params() | edit, 2), "srgb")
    np.testing.assert_allclose(rows, wanted.reshape(-1, 3), atol=1e-5)


def test_what_is_there_is_replaced_when_asked(tmp_path, failing):
    path, out = manifest(tmp_path), tmp_path / "a.xmp"
    out.write_bytes(b"mine")
    words = ["--manifest", path, "--output", out, "--cube", "none"]
    (error,) = failing(style_preset, *words)
    assert "is there already; --overwrite replaces it" in error
    assert out.read_bytes() == b"mine"
    assert style_preset.main([*map(str, words), "--overwrite"]) == 0
    assert out.read_bytes() != b"mine"
    assert not out.with_suffix(".cube").exists()


@pytest.mark.parametrize("flag", ["--checkpoint", "--lora"])
def test_constants_of_a_model(tmp_path, flag):
    model = tmp_path / "m.pt"
    kind = "model" if flag == "--checkpoint" else "lora_state"
    constants = {"Contrast2012": 33.0, "SplitToningBalance": 10.0}
    torch.save({kind: {}, "config": {"constants": constants}}, model)
    out = tmp_path / "a.xmp"
    words = [flag, model, "--output", out, "--cube", "none"]
    assert style_preset.main([str(word) for word in words]) == 0
    assert read_settings(out.read_bytes()).sliders == {"Contrast2012": 33.0}
    words += ["--manifest", manifest(tmp_path), "--overwrite"]
    assert style_preset.main([str(word) for word in words]) == 0
    sliders = read_settings(out.read_bytes()).sliders
    assert sliders == {"Exposure2012": 0.95, "Contrast2012": 33.0}


def test_the_mean_edit_of_a_model(tmp_path, caplog):
    """As the manifest that it was trained on gives it, without that manifest."""
    caplog.set_level("INFO")
    entries = read_manifest(manifest(tmp_path))
    edits = [read_record(entry.path("data")).params for entry in entries]
    outputs = choose_outputs(edits, edit_process(2))
    mean = training_edit_to_dict(training_edit(edits, outputs, 2, STYLE))
    model = tmp_path / "m.pt"
    torch.save({"lora_state": {}, "style": outputs_to_dict(outputs), MEAN_EDIT: mean}, model)
    out = tmp_path / "a.xmp"
    assert style_preset.main(["--lora", str(model), "--output", str(out)]) == 0
    found = read_settings(out.read_bytes())
    assert found.sliders == {"Exposure2012": 0.95, "Contrast2012": 15.0}
    assert found.panels["SaturationAdjustmentBlue"] == -20.0
    assert found.panels["PostCropVignetteAmount"] == -30.0
    assert read_fields(out.read_bytes(), "x")["LensProfileEnable"] == "1"
    assert out.with_suffix(".cube").is_file()
    said = [r.message for r in caplog.records]
    assert "of 20 edits" in said
    assert "middle of: Exposure2012, Contrast2012" in said


def test_constants_only_are_told(tmp_path, caplog):
    caplog.set_level("INFO")
    model = tmp_path / "m.pt"
    torch.save({"model": {}, "config": {"constants": {"Dehaze": 9.0}}}, model)
    words = ["--checkpoint", str(model), "--output", str(tmp_path / "a.xmp")]
    assert style_preset.main(words) == 0
    [line] = [r.message for r in caplog.records if "constants only" in r.message]
    assert "it has no mean edit" in line


def test_nothing_to_write(tmp_path, failing):
    with pytest.raises(SystemExit) as stopped:
        style_preset.main([])
    assert stopped.value.code == 2
    model = tmp_path / "m.pt"
    torch.save({"model": {}}, model)
    assert "no constants of a style" in failing(style_preset, "--checkpoint", model)[0]
    path = manifest(tmp_path)
    assert "these are none" in failing(style_preset, "--manifest", path, "--expert", "x")[0]
    write_record(tmp_path / "0.json", Record(neutral_params(), 1))
    assert "edit processes [1, 2]" in failing(style_preset, "--manifest", path)[0]


def test_one_photographer(tmp_path, caplog):
    caplog.set_level("INFO")
    words = ["--manifest", manifest(tmp_path), "--expert", "me", "--output", tmp_path / "a.xmp"]
    assert style_preset.main([str(word) for word in words]) == 0
    assert "of 19 edits" in [r.message for r in caplog.records]
