"""A prepared model predicts what its checkpoint does by torch, and is made anew when it is not
whole or not of these files.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from model.adapter import Adapter
from model.autopilot import AutoPilotRegressor
from model.backbones import ImageBackbone
from model.checkpoint import load_model, save_model
from model.config import AutoPilotConfig, BackboneConfig
from model.lora_blend import blend_lora
from model.metadata_encoder import metadata_batch
from model.numpy_model import NumpyModel
from model.prepared import cache, load
from model.prepared.cache import KEPT, prepared_path, remove_old
from model.prepared.form import read_prepared, write_prepared
from model.prepared.load import load_prepared
from model.prepared.make import prepare
from params.files import InputError
from params.outputs import Outputs
from params.panels import CHANNEL_CURVES

OUTPUTS = Outputs(
    sliders=("HueAdjustmentRed", "SplitToningShadowHue", "SplitToningShadowSaturation", "Dehaze"),
    gated=("Dehaze",),
    curves=CHANNEL_CURVES,
    constants={"Texture": 20.0},
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of prepared models of each test's own."""
    monkeypatch.setenv("AUTO_ACR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def made(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of the prepared `checkpoint`."""
    file = tmp_path_factory.mktemp("made") / "m.safetensors"
    write_prepared(file, prepare(load_model(checkpoint)[0]))
    return file.read_bytes()


def never(*_: object) -> None:
    pytest.fail("made again")


def saved(path: Path, config: AutoPilotConfig) -> AutoPilotRegressor:
    torch.manual_seed(0)
    model = AutoPilotRegressor(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    save_model(path, model)
    return model


def assert_same(ours: NumpyModel, model: AutoPilotRegressor) -> None:
    """For three pictures, one of which nothing is known of but its pixels."""
    size = model.config.backbone.image_size
    images = torch.rand(3, 3, size, size, generator=torch.Generator().manual_seed(1))
    taken = [{"iso": 400, "shutter": 0.01, "camera": "X100"}, {"aperture": 2.8}, {}]
    starts = torch.linspace(-1.0, 1.0, 30).reshape(3, 10)
    with torch.inference_mode():
        features = model.backbone(images).numpy()
        wanted = model(images, metadata_batch(taken), starts)["params_norm"]
    for i, image in enumerate(images.numpy()):
        off = np.abs(ours.features(image) - features[i]).max()
        assert off <= 1e-5 * max(1.0, np.abs(features[i]).max())
        found = ours(image, starts[i].numpy(), taken[i])
        assert found.keys() == wanted.keys()
        for name, value in found.items():
            assert value == pytest.approx(wanted[name][i].numpy(), abs=1e-5), name


@pytest.mark.parametrize(
    ("name", "size", "pooling"),
    [("test_vit", 32, "auto"), ("test_vit", 48, "mean"), ("test_efficientnet", 32, "auto")],
)
def test_encoders(tmp_path: Path, name: str, size: int, pooling: str) -> None:
    path = tmp_path / "model.pt"
    model = saved(path, AutoPilotConfig(BackboneConfig(name, image_size=size, pooling=pooling)))
    ours = load_prepared(path)
    assert ours is not None
    assert ours.config == model.config
    assert_same(ours, model)


@pytest.mark.parametrize(("fusion", "heads"), [("film", "mlp"), ("concat", "linear")])
def test_all_that_stands_behind_an_encoder(tmp_path: Path, fusion: str, heads: str) -> None:
    backbone = BackboneConfig("test_vit", image_size=32)
    path = tmp_path / "model.pt"
    model = saved(
        path,
        AutoPilotConfig(
            backbone, fusion=fusion, heads=heads, process=2, outputs=OUTPUTS, residual="auto"
        ),
    )
    for _ in range(2):  # made, and read
        ours = load_prepared(path)
        assert ours is not None
        assert ours.config == model.config
        assert_same(ours, model)


def test_made_once_and_again_for_other_adapters(
    checkpoint: Path, adapter: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = load_model(checkpoint)
    blend_lora(model, [(adapter, 0.5)])
    half = [Adapter(adapter, 0.5)]
    ours = load_prepared(checkpoint, half)
    assert ours is not None
    assert_same(ours, model)
    assert len(list(folder.iterdir())) == 1
    assert load_prepared(checkpoint) is not None
    assert load_prepared(checkpoint, [Adapter(adapter, 0.25)]) is not None
    assert len({file.name for file in folder.iterdir()}) == 3
    monkeypatch.setattr(load, "_make", never)
    again = load_prepared(checkpoint, half)
    assert again is not None
    assert_same(again, model)


def test_a_changed_checkpoint_is_another_model(tmp_path: Path) -> None:
    path, tiny = tmp_path / "model.pt", BackboneConfig("test_vit", image_size=32)
    saved(path, AutoPilotConfig(tiny))
    before = prepared_path(path, (), False)
    assert prepared_path(path, (), False) == before
    assert prepared_path(path, (), True) != before
    saved(path, AutoPilotConfig(tiny, process=2))
    assert prepared_path(path, (), False) != before


def turned(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: turned(data, len(data) - 9),  # a weight
        lambda data: turned(data, 60),  # the header
        lambda data: b"\xff" * 16 + data[16:],
        lambda data: data.replace(b'\\"process\\": 1', b'\\"process\\": 2'),
    ],
)
def test_a_damaged_one_is_not_taken(made: bytes, tmp_path: Path, harm) -> None:
    file = tmp_path / "m.safetensors"
    file.write_bytes(made)
    assert read_prepared(file) is not None
    file.write_bytes(harm(made))
    assert file.read_bytes() != made
    assert read_prepared(file) is None


def test_a_damaged_one_is_made_anew(made: bytes, checkpoint: Path, folder: Path) -> None:
    folder.mkdir()
    path = prepared_path(checkpoint, (), False)
    path.write_bytes(made[:-1])
    ours = load_prepared(checkpoint)
    assert ours is not None
    assert_same(ours, load_model(checkpoint)[0])
    assert read_prepared(path) is not None


def test_an_encoder_that_opencv_does_not_read_is_made_anew(
    made: bytes, checkpoint: Path, folder: Path
) -> None:
    """Whole by its digest, as of another version of OpenCV that did read it."""
    path = prepared_path(checkpoint, (), False)
    folder.mkdir()
    path.write_bytes(made)
    whole = read_prepared(path)
    assert whole is not None
    write_prepared(path, whole._replace(encoder=np.frombuffer(b"no network", np.uint8)))
    assert load_prepared(checkpoint) is not None
    again = read_prepared(path)
    assert again is not None
    np.testing.assert_array_equal(again.encoder, whole.encoder)


def test_an_encoder_that_needs_torch_is_not_tried_each_time(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that is not the same each time, or that ONNX has no words for."""
    plain = ImageBackbone.forward

    def restless(self: ImageBackbone, image: torch.Tensor) -> torch.Tensor:
        restless.calls += 1  # type: ignore[attr-defined]
        return plain(self, image) + 0.01 * restless.calls  # type: ignore[attr-defined]

    restless.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(ImageBackbone, "forward", restless)
    assert load_prepared(checkpoint) is None
    monkeypatch.setattr(load, "_make", never)
    assert load_prepared(checkpoint) is None


def test_the_oldest_are_removed(folder: Path) -> None:
    """Of ours; not what somebody keeps in the same folder, which is older still."""
    folder.mkdir()
    names = [f"model-{i:032x}.safetensors" for i in range(KEPT + 3)]
    others = ["mine.safetensors", f"{0:032x}.safetensors", "model-1.safetensors"]
    for i, name in enumerate((*others, *names)):
        (folder / name).touch()
        os.utime(folder / name, (i, i))
    remove_old()
    assert {file.name for file in folder.iterdir()} == {*others, *names[3:]}


def test_what_a_killed_run_left_is_removed(folder: Path) -> None:
    folder.mkdir()
    (folder / ".model-1.7.4194304.part.safetensors").touch()  # no system has that many processes
    remove_old()
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_what_others_may_have_written_is_not_taken(made: bytes, folder: Path) -> None:
    folder.mkdir()
    file = folder / "m.safetensors"
    file.write_bytes(made)
    assert read_prepared(file) is not None
    for path, usual in ((file, 0o600), (folder, 0o700)):
        path.chmod(0o777)
        assert read_prepared(file) is None
        path.chmod(usual)
    assert read_prepared(file) is not None


def test_other_code_prepares_anew(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = prepared_path(checkpoint, (), False)
    monkeypatch.setattr(cache, "_sources", lambda: "other")
    assert prepared_path(checkpoint, (), False) != before


@pytest.mark.parametrize("place", ["file/cache", "long" * 100, "nul\0", ""])
def test_where_nothing_can_be_kept_torch_predicts(
    place: str, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    """Without taking the time to prepare what would be lost. The last: a user without a home."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(load, "_make", never)
    for module in (cache, load):
        monkeypatch.setattr(module, "user_cache", lambda: tmp_path / place if place else None)
    caplog.set_level("INFO")
    assert load_prepared(checkpoint) is None
    assert caplog.text.count("no folder to keep the prepared model in") == 1


def test_a_full_disk_costs_the_next_run_the_time(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    def full(*_: object) -> None:
        raise InputError("No space left on device")

    monkeypatch.setattr(load, "write_prepared", full)
    caplog.set_level("INFO")
    ours = load_prepared(checkpoint)
    assert ours is not None
    assert_same(ours, load_model(checkpoint)[0])
    assert "not kept for the next runs" in caplog.text


def test_what_is_wrong_with_a_file_is_said(
    adapter: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_prepared(tmp_path / "missing.pt") is None  # torch's loader names it
    other = tmp_path / "other.pt"
    saved(other, AutoPilotConfig(BackboneConfig("test_vit", image_size=32)))
    with pytest.raises(InputError, match="another base"):
        load_prepared(other, [Adapter(adapter)])
    for _ in range(2):  # made, and read
        caplog.clear()
        assert load_prepared(other, [Adapter(adapter)], force=True) is not None
        assert caplog.text.count("taken because forced") == 1
    with pytest.raises(InputError, match="another base"):
        load_prepared(other, [Adapter(adapter)])
