"""Manifests, parameter files, profiles and sidecars with something wrong in them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated import write_pair

import run.inference
import run.train_autopilot
import scripts.apply_params
import scripts.fivek_tif_to_xmp
from imaging.icc import prophoto_profile
from imaging.jpeg import write_preview
from params.ranges import neutral_params
from params.record import Record, write_record

CPU = ["--device", "cpu"]


def test_bad_manifest_lines(failing: Any, pairs: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    write_record(good, Record(neutral_params()))
    write_preview(tmp_path / "good.png", np.full((24, 36, 3), 90, np.uint8))
    entry = {
        "id": "good",
        "split": "training",
        "expert": "c",
        "preview": "good.png",
        "raw": str(pairs / "raw" / "one.dng"),
        "tif": None,
        "data": "good.json",
    }
    lines = [
        json.dumps(entry),
        "{not json",
        json.dumps(["a", "list"]),
        json.dumps({**entry, "id": None}),
        json.dumps({name: value for name, value in entry.items() if name != "data"}),
        json.dumps({**entry, "tif": 5}),
        "[" * 100_000,
    ]
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("\n".join(lines))
    words = [
        "--manifest",
        manifest,
        "--backbone",
        "test_vit",
        "--image-size",
        32,
        "--epochs",
        1,
        "--workers",
        0,
        "--cache",
        tmp_path / "cache",
        *CPU,
    ]
    errors = failing(run.train_autopilot, *words, "--output", tmp_path / "run")
    expected = ["not JSON", "not a JSON object", "no id", "no data", "tif is neither", "not JSON"]
    assert [line.split(": ")[1:3] for line in errors] == [
        [f"{manifest}:{number}", reason + end]
        for (number, reason), end in zip(
            enumerate(expected, start=2),
            ["; line left out"] * 4 + [" a path nor null; line left out", "; line left out"],
            strict=True,
        )
    ]
    assert (tmp_path / "run" / "best.pt").is_file()  # the good line was trained on

    manifest.write_text("\n".join(lines[1:]))
    errors = failing(run.train_autopilot, *words, "--output", tmp_path / "none")
    assert errors[-1] == f"ERROR: {manifest}: no usable line (6 bad)"
    assert not (tmp_path / "none").exists()


def bad_settings(folder: Path) -> Iterator[tuple[Path, str]]:
    good = folder / "good.json"
    write_record(good, Record(neutral_params()))
    document = json.loads(good.read_text())
    values = document["params_denorm"]
    contents = {
        "notjson": ("{", "not a JSON file"),
        "list": ("[]", "not a parameter file"),
        "other": (json.dumps({"format": "another-v1"}), "not a parameter file"),
        "bare": (json.dumps({"format": document["format"]}), "neither params_denorm nor"),
        "future": (json.dumps(document | {"process": 99}), "process 99 is not known"),
        "lacks": (json.dumps({"params_denorm": {"Tint": 0}}), "Temperature is"),
        "nan": (json.dumps({"params_denorm": values | {"Vibrance": float("nan")}}), "Vibrance"),
        "text": (json.dumps({"params_denorm": values | {"Tint": "5"}}), "Tint is '5'"),
        "curve": (json.dumps({"params_denorm": values | {"ToneCurve": [1]}}), "tone curve"),
        "deep": ("[" * 100_000, "not a JSON file"),
    }
    for name, (text, reason) in contents.items():
        (folder / f"{name}.json").write_text(text)
        yield folder / f"{name}.json", reason
    (folder / "binary.json").write_bytes(b"\xff\xfe\x00\x01")
    yield folder / "binary.json", "not a JSON file"
    yield folder / "missing.json", "No such file"


def test_bad_settings(failing: Any, pairs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.tif"
    for path, reason in bad_settings(tmp_path):
        raw = pairs / "raw" / "one.dng"
        [line] = failing(scripts.apply_params, raw, path, "--out", out, *CPU)
        assert line.startswith(f"ERROR: {path}: ")
        assert reason in line
    assert not out.exists()


def test_bad_profiles(failing: Any, pairs: Path, tmp_path: Path) -> None:
    settings, out = tmp_path / "settings.json", tmp_path / "out.tif"
    write_record(settings, Record(neutral_params()))
    (tmp_path / "text.icm").write_text("no profile at all")
    (tmp_path / "cut.icm").write_bytes(prophoto_profile()[:200])
    for name in ("text.icm", "cut.icm", "missing.icm"):
        profile = tmp_path / name
        raw = pairs / "raw" / "one.dng"
        words = [raw, settings, "--out", out, "--icc-profile", profile, *CPU]
        [line] = failing(scripts.apply_params, *words)
        assert str(profile) in line
    assert not out.exists()


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "not XML",
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF",
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
    ],
    ids=["empty", "text", "cut", "external entity", "entities"],
)
def test_a_sidecar_that_cannot_be_read(
    failing: Any, raws: Path, checkpoint: Path, tmp_path: Path, packet: str
) -> None:
    """A photographer's settings are never replaced unseen: this picture is left out, by name."""
    shutil.copy(raws / "good.dng", raws / "bad.dng")
    sidecar = raws / "bad.xmp"
    sidecar.write_text(packet)
    out = tmp_path / "out"
    words = ["--checkpoint", checkpoint, "--input", raws, "--batch", "--output", out, *CPU]
    [line] = failing(run.inference, *words)
    assert str(sidecar) in line
    assert "root:" not in line
    assert [p.name for p in (out / "xmps").iterdir()] == ["good.xmp"]
    assert sidecar.read_text() == packet


def test_bad_split_files(failing: Any, tmp_path: Path) -> None:
    root = tmp_path / "pairs"
    write_pair(root / "one.dng", root / "one.tif", 0)
    for text, reason in (("{", "not a JSON file"), ("[1, 2]", "neither"), ('"x"', "neither")):
        (root / "training.json").write_text(text)
        words = ["--root", root, "--output", tmp_path / "out"]
        [line] = failing(scripts.fivek_tif_to_xmp, *words)
        assert str(root / "training.json") in line
        assert reason in line


def test_parameter_files_from_elsewhere_do_not_stop_the_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """data/ is scanned for a lost manifest: odd files in it are passed over."""
    root, out = tmp_path / "pairs", tmp_path / "out"
    write_pair(root / "one.dng", root / "one.tif", 0)
    good = {"id": "odd", "split": "training", "expert": "c", "raw": "r", "tif": None}
    wrong: list[Any] = [
        [],
        "text",
        {},
        {"id": ["odd"]},
        {"id": "../data/odd"},
        {"id": "other"},
        {"split": 1},
        {"split": ""},
        {"expert": None},
        {"raw": 5},
        {"raw": "r\0"},
        {"tif": [1]},
    ]
    (out / "preview").mkdir(parents=True)
    for i, change in enumerate(wrong):
        source = change
        if change and isinstance(change, dict):
            source = {**good, "id": f"odd{i}", **change}
            source["id"] = f"../data/odd{i}" if change.get("id") == "../data/odd" else source["id"]
        write_record(out / "data" / f"odd{i}.json", Record(neutral_params(), source=source))
        (out / "preview" / f"odd{i}.png").touch()
    (out / "data" / "broken.json").write_text("{")
    words = ["--root", str(root), "--steps", "2", "--output", str(out), *CPU]
    assert scripts.fivek_tif_to_xmp.main(words) == 0
    assert "broken.json" in capsys.readouterr().err
    lines = (out / "dataset_manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["one"]
