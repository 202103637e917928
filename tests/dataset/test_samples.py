import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import dataset.samples
from dataset.batch_plan import BatchPlan, Draw
from dataset.manifest import Entry, read_manifest
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples, collate
from dataset.synthetic.make_set import Recipe, make_set
from imaging.preview import read_preview
from imaging.raw_picture import RawPicture
from model.preprocess import preview_to_tensor
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record, write_record


class FakePair:
    def __init__(self, raw: Path, tif: Path, long_side: int) -> None:
        if "broken" in raw.name:
            raise InputError(f"{raw}: LibRaw cannot read it")
        seed = int(raw.stem[-1])
        shape = (long_side, long_side // 2, 3) if seed % 2 else (long_side // 2, long_side, 3)
        random = np.random.default_rng(seed)
        self.raw = random.random(shape, np.float32)
        self.target = random.random(shape, np.float32)


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """Stands in for the decoder; lists what was decoded."""
    calls: list[str] = []

    def pair_of(raw: RawPicture, tif: Path, long_side: int, process: int = 1) -> FakePair:
        calls.append(raw.path.name)
        return FakePair(raw.path, tif, long_side)

    monkeypatch.setattr(dataset.samples, "pair_of", pair_of)
    return calls


@pytest.fixture
def entries(tmp_path) -> list[Entry]:
    lines = []
    for i in range(3):
        preview = np.random.default_rng(i).integers(0, 256, (24, 36, 3), np.uint8)
        Image.fromarray(preview).save(tmp_path / f"p{i}.png")
        params = neutral_params(16) | {"Exposure2012": float(i), "Temperature": 6500.0 + 480 * i}
        params["ToneCurve"] = np.linspace(0, 1, 16) ** (1 + i)
        write_record(tmp_path / f"d{i}.json", Record(params))
        for suffix in ("raw", "tif"):
            (tmp_path / f"{suffix}{i}").write_bytes(b"x" * i)
        lines.append(
            {
                "id": f"photo {i}",
                "split": "training",
                "expert": "c",
                "raw": f"raw{i}",
                "tif": f"tif{i}",
                "preview": f"p{i}.png",
                "data": f"d{i}.json",
            }
        )
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read_manifest(manifest)


def test_values(tmp_path, entries, decoded) -> None:
    samples = Samples(entries, SampleSettings(16, knots=8), cache=tmp_path / "cache")
    assert len(samples) == 3
    item = samples[2]
    assert item["id"] == "photo 2"
    expected = preview_to_tensor(np.asarray(Image.open(tmp_path / "p2.png")), 16)
    assert (item["image"] - expected).abs().max() < 1e-5
    assert item["params"]["Exposure2012"].item() == pytest.approx(0.4)
    assert item["params"]["Temperature"].item() == pytest.approx(-0.8125 + 2 * 960 / 48000)
    places = np.linspace(0, 15, 8)
    cubic = np.interp(places, np.arange(16), np.linspace(0, 1, 16) ** 3)
    assert item["params"]["ToneCurve"].numpy() == pytest.approx(cubic, abs=1e-6)
    assert decoded == []
    assert set(item) == {"id", "image", "params", "counts"}


def test_pairs_are_decoded_once(tmp_path, entries, decoded) -> None:
    settings, options = SampleSettings(16, edit_resolution=8), {"cache": tmp_path / "cache"}
    samples = Samples(entries, settings, **options)
    assert decoded == ["raw0", "raw1", "raw2"]
    pair = FakePair(tmp_path / "raw1", tmp_path, 8)
    for _ in range(2):
        item = samples[1]
        assert item["raw"].shape == (3, 8, 4)
        assert np.abs(item["raw"].permute(1, 2, 0).numpy() - pair.raw).max() < 3e-4
        assert np.abs(item["target"].permute(1, 2, 0).numpy() - pair.target).max() < 3e-4
    Samples(entries, settings, **options)
    assert len(decoded) == 3
    (tmp_path / "raw1").write_bytes(b"another file")
    Samples(entries, settings, **options)
    assert decoded[3:] == ["raw1"]
    Samples(entries, SampleSettings(16, edit_resolution=6), **options)
    assert len(decoded) == 7
    assert not [p for p in (tmp_path / "cache").iterdir() if ".part" in p.name]


def test_damaged_cache_is_made_again(tmp_path, entries, decoded) -> None:
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    good = samples[0]
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:50])
    again = samples[0]
    assert torch.equal(good["raw"], again["raw"])
    assert torch.equal(good["image"], again["image"])
    assert decoded == ["raw0", "raw1", "raw2", "raw0"]


@pytest.mark.parametrize(
    "breakage",
    [
        ("p1.png", None, "no preview file"),
        ("p1.png", b"", "preview cannot be read"),
        ("p1.png", "half", "preview cannot be read"),
        ("d1.json", None, "no data file"),
        ("d1.json", b"{}", "neither params_denorm nor params_norm"),
        ("d1.json", b'{"format": "acr-autopilot-v1", "process": 77}', "process 77"),
        ("raw1", None, "no raw file"),
    ],
)
def test_broken_entries_are_left_out(tmp_path, entries, decoded, caplog, breakage) -> None:
    file, content, text = breakage
    path = tmp_path / file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:900] if content == "half" else content)
    with caplog.at_level(logging.WARNING):
        samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    assert [sample.id for sample in samples.samples] == ["photo 0", "photo 2"]
    assert len(caplog.records) == 1
    message = caplog.records[0].getMessage()
    assert text in message
    assert "photo 1" in message


def test_pairs_that_cannot_be_read_are_left_out(tmp_path, entries, decoded, caplog) -> None:
    (tmp_path / "raw1").rename(tmp_path / "broken1")
    entries[1].fields["raw"] = "broken1"
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    assert len(samples) == 2
    assert "LibRaw cannot read it" in caplog.text
    # Nothing is wrong with it where only parameters count.
    assert len(Samples(entries, SampleSettings(16), cache=tmp_path / "cache")) == 3


def test_other_masks_are_left_out_and_none_left_is_an_error(tmp_path, entries, caplog) -> None:
    write_record(tmp_path / "d0.json", Record(neutral_params(16), masks="centred"))
    options = {"cache": tmp_path / "cache"}
    assert len(Samples(entries, SampleSettings(16), **options)) == 2
    assert "centred masks" in caplog.text
    assert len(Samples(entries, SampleSettings(16, masks="centred"), **options)) == 1
    with pytest.raises(InputError, match="prepare: not one of 3"):
        Samples(entries, SampleSettings(16, process=2), desc="prepare", **options)


def test_cache_that_cannot_be_written_is_an_error(tmp_path, entries) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(InputError, match="cannot be written"):
        Samples(entries, SampleSettings(16), cache=tmp_path / "cache")


def test_collate_pads_with_a_mask(tmp_path, entries, decoded) -> None:
    entries[2].fields["tif"] = None
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    batch = collate([samples[i] for i in range(3)])
    assert batch["id"] == ["photo 0", "photo 1", "photo 2"]
    assert batch["image"].shape == (3, 3, 16, 16)
    assert batch["params"]["Tint"].shape == (3,)
    assert batch["params"]["ToneCurve"].shape == (3, 16)
    assert batch["raw"].shape == batch["target"].shape == (3, 3, 8, 8)
    assert batch["valid"].sum((1, 2, 3)).tolist() == [32, 32, 0]
    assert batch["valid"][0, 0, :4, :].all()
    assert batch["valid"][1, 0, :, :4].all()
    assert torch.equal(batch["raw"][1, :, :, :4], samples[1]["raw"])
    assert not batch["target"][1, :, :, 4:].any()
    assert not batch["raw"][2].any()
    assert "valid" not in collate([samples[2]])


def test_flips_hit_preview_raw_and_target_together(tmp_path, entries, decoded) -> None:
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    item, flipped = samples[1], samples[Draw(1, flip=True)]
    for name in ("image", "raw", "target"):
        assert torch.equal(flipped[name], item[name].flip(-1))
        assert not torch.equal(flipped[name], item[name])
    assert flipped["params"] is item["params"]
    batch = collate([flipped, samples[Draw(0, counts=False)]])
    assert batch["counts"].tolist() == [1, 0]
    # The mirrored picture lies where the mask says, not its padding.
    assert torch.equal(batch["raw"][0, :, :, :4], flipped["raw"])
    assert batch["valid"][0, 0, :, :4].all()
    assert not batch["valid"][0, 0, :, 4:].any()


def test_shapes_and_spread(tmp_path, entries, decoded) -> None:
    entries[2].fields["tif"] = None
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    assert samples.shapes() == [(4, 8), (8, 4), None]
    spread = samples.spread()
    assert spread["Exposure2012"] == pytest.approx(2 / 3, rel=1e-5)  # of 0, 1 and 2 EV
    assert Samples(entries, SampleSettings(16), cache=tmp_path / "cache").shapes() == [None] * 3
    for file in (tmp_path / "cache").glob("*.pair.npz"):
        file.write_bytes(b"damaged")
    assert samples.shapes() == [None] * 3


def test_loads_by_a_plan_of_batches(tmp_path, entries, decoded) -> None:
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    plan = BatchPlan(samples.shapes(), 2)
    loader = torch.utils.data.DataLoader(samples, batch_sampler=plan, collate_fn=collate)
    assert [batch["id"] for batch in loader] == [["photo 0", "photo 1"], ["photo 2"]]


def test_loads_in_worker_processes(tmp_path, entries, decoded) -> None:
    samples = Samples(entries, SampleSettings(16, edit_resolution=8), cache=tmp_path / "cache")
    loader = torch.utils.data.DataLoader(samples, batch_size=2, num_workers=1, collate_fn=collate)
    assert [batch["id"] for batch in loader] == [["photo 0", "photo 1"], ["photo 2"]]


def test_previews_of_other_kinds(tmp_path) -> None:
    Image.new("L", (5, 4), 77).save(tmp_path / "grey.png")
    assert (read_preview(tmp_path / "grey.png") == np.full((4, 5, 3), 77)).all()
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(InputError, match=r"text\.png: the preview cannot be read"):
        read_preview(tmp_path / "text.png")


def test_statistics_and_the_automatic_edit_are_of_one_decode(tmp_path, monkeypatch):
    make_set(Recipe(pictures=1, styles=("airy",)), tmp_path / "set")
    entries = read_manifest(tmp_path / "set" / "dataset_manifest.jsonl")
    decoded, decode = [], RawPicture.linear_prophoto
    monkeypatch.setattr(
        RawPicture, "linear_prophoto", lambda *given: decoded.append(given) or decode(*given)
    )
    settings = SampleSettings(32, process=2, statistics=True, start=True)
    [sample] = Samples(entries, settings, cache=tmp_path / "cache")
    assert sample["start"].shape == (10,)
    assert len(decoded) == 1
    [again] = Samples(entries, settings, cache=tmp_path / "cache")
    assert torch.equal(again["start"], sample["start"])
    assert len(decoded) == 1
