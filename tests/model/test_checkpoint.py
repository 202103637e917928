import errno
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from published import published_state, vit_by_formula

from model.autopilot import AutoPilotRegressor
from model.checkpoint import (
    load_backbone_weights,
    load_model,
    read_config,
    save_model,
    weights_digest,
)
from model.checkpoint_config import config_to_dict
from model.config import AutoPilotConfig, BackboneConfig
from model.torch_file import read_torch_file, write_torch_file
from params.files import InputError, replacing
from params.ranges import SLIDER_NAMES

TINY = AutoPilotConfig(BackboneConfig("test_vit", image_size=32), knots=8)


@pytest.fixture(scope="module")
def tiny() -> AutoPilotRegressor:
    torch.manual_seed(0)
    return AutoPilotRegressor(TINY).eval()


@pytest.fixture
def saved(tmp_path, tiny) -> Path:
    save_model(tmp_path / "ours.pt", tiny, {"epoch": 2})
    return tmp_path / "ours.pt"


def test_the_settings_alone(saved, tmp_path) -> None:
    assert read_config(saved) == load_model(saved)[1] == TINY
    write_torch_file(tmp_path / "adapter.pt", {"lora_state": {}})
    with pytest.raises(InputError, match="a LoRA adapter"):
        read_config(tmp_path / "adapter.pt")


def test_published_form_predicts_what_the_formulas_say(tmp_path) -> None:
    state = published_state()
    path = tmp_path / "Auto_ACR_base_v0.2.pt"
    stats = {"loss": np.float64(0.25), "count": np.int64(7), "kind": np.dtype("float32")}
    optimizer = {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 1e-4}]}
    torch.save(
        {"model": state, "epoch": 9, "optimizer": optimizer, "stats": stats, "val_stats": stats},
        path,
    )
    model, config = load_model(path)
    assert config == AutoPilotConfig()
    assert (config.backbone.name, config.backbone.image_size) == ("vit_small_patch16_224", 224)
    assert (config.knots, config.process, config.masks) == (16, 1, "plain")
    assert not model.training
    image = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        params = model(image)["params_norm"]
    expected = vit_by_formula(state, image)
    found = np.stack([params[name].numpy() for name in SLIDER_NAMES], 1)
    assert np.abs(expected["sliders"]).max() < 0.99
    assert np.ptp(expected["sliders"], axis=1).min() > 0.05
    assert found == pytest.approx(expected["sliders"], abs=1e-4)
    assert params["ToneCurve"].numpy() == pytest.approx(expected["curve"], abs=1e-4)


def test_old_numpy_names_are_known(tmp_path) -> None:
    """A pickle as NumPy 1 wrote it names numpy.core, which NumPy 2 calls numpy._core."""
    path = tmp_path / "old.pt"
    torch.save({"model": {}, "stats": {"loss": np.float64(1.5)}}, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    old = tmp_path / "older.pt"
    with zipfile.ZipFile(old, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b"cnumpy._core.multi", b"cnumpy.core.multi"))
    assert b"numpy.core.multiarray" in old.read_bytes()
    assert read_torch_file(old)["stats"]["loss"] == 1.5


def test_ours_round_trip(saved, tiny) -> None:
    model, config = load_model(saved)
    assert config == TINY
    assert weights_digest(model.state_dict()) == weights_digest(tiny.state_dict())
    content = torch.load(saved, weights_only=True)
    assert content["epoch"] == 2
    expected = {
        "backbone": "test_vit",
        "image_size": 32,
        "knots": 8,
        "process": 1,
        "masks": "plain",
        "normalisation": "none",
        "sliders": list(SLIDER_NAMES),
    }
    assert expected.items() <= content["config"].items()
    assert content["config"]["version"]


def test_half_precision_and_legacy_format_load(tmp_path, tiny) -> None:
    path = tmp_path / "half.pt"
    half = {name: tensor.half() for name, tensor in tiny.state_dict().items()}
    torch.save(
        {"model": half, "config": config_to_dict(TINY)}, path, _use_new_zipfile_serialization=False
    )
    model, _ = load_model(path)
    assert all(p.dtype == torch.float32 for p in model.parameters())


def test_digest_sees_names_values_and_shapes() -> None:
    one = {"a": torch.ones(2, 3), "b": torch.zeros(2)}
    assert weights_digest(one) == weights_digest(dict(reversed(one.items())))
    assert len(weights_digest(one)) == 64
    others = [
        {"a": torch.ones(3, 2), "b": torch.zeros(2)},
        {"a": torch.ones(2, 3), "c": torch.zeros(2)},
        {"a": torch.ones(2, 3), "b": torch.tensor([0.0, 1e-7])},
        {"a": torch.ones(2, 3), "b": torch.zeros(2, dtype=torch.float16)},
    ]
    assert weights_digest(one) not in [weights_digest(other) for other in others]


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("form", ["torch", "legacy", "pickle"])
def test_pickle_bomb_does_not_go_off(tmp_path, tiny, form) -> None:
    path, sign = tmp_path / "bomb.pt", tmp_path / "went_off"
    content = {"model": tiny.state_dict(), "config": config_to_dict(TINY), "x": Bomb(sign)}
    if form == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "torch")
    with pytest.raises(InputError, match=r"bomb\.pt") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    assert not sign.exists()
    if form == "torch":
        assert "code" in str(caught.value)


@pytest.mark.parametrize("part", [0, 3, 100, 0.5, 0.99])
def test_cut_short(saved, part) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: part if isinstance(part, int) else int(part * len(data))])
    with pytest.raises(InputError, match=r"ours\.pt: damaged"):
        load_model(saved)


def test_not_a_checkpoint(tmp_path, tiny) -> None:
    path = tmp_path / "x.pt"
    for content in (
        [1, 2],
        {"weights": {}},
        {"model": [1]},
        {"model": {}},
        {"model": {"a": 1}},
        {"model": {3: torch.zeros(1)}},
        "text",
    ):
        torch.save(content, path)
        with pytest.raises(InputError, match=r"x\.pt: not a checkpoint"):
            load_model(path)
    torch.save({"lora_state": {}}, path)
    with pytest.raises(InputError, match="LoRA adapter"):
        load_model(path)
    path.write_text("hello, this is text\n" * 100)
    with pytest.raises(InputError, match=r"x\.pt"):
        load_model(path)
    with pytest.raises(InputError, match=r"none\.pt: No such file"):
        load_model(tmp_path / "none.pt")
    with pytest.raises(InputError, match="not a file"):
        load_model(tmp_path)


def test_another_architecture(tmp_path, tiny) -> None:
    path = tmp_path / "other.pt"
    torch.save({"model": tiny.state_dict()}, path)  # no config: taken for the published model
    with pytest.raises(InputError, match=r"other\.pt: does not fit vit_small_patch16_224"):
        load_model(path)
    state = tiny.state_dict() | {"tone_head.proj.bias": torch.zeros(9)}
    torch.save({"model": state, "config": config_to_dict(TINY)}, path)
    with pytest.raises(InputError, match=r"tone_head\.proj\.bias is \[9\], not \[8\]"):
        load_model(path)


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (torch.full((8,), torch.nan), "not finite"),
        (torch.zeros(8, dtype=torch.int64), "int64"),
        (torch.zeros(8, dtype=torch.complex64), "plain tensor"),
        (torch.zeros(8).to_sparse(), "plain tensor|damaged"),
        (torch.zeros(1).expand(8), "plain tensor"),
        (torch.zeros(8, device="meta"), "plain tensor|damaged"),
    ],
)
def test_strange_tensors_are_refused(tmp_path, tiny, tensor, text) -> None:
    path = tmp_path / "strange.pt"
    state = tiny.state_dict() | {"tone_head.proj.bias": tensor}
    torch.save({"model": state, "config": config_to_dict(TINY)}, path)
    with pytest.raises(InputError, match=text):
        load_model(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backbone", "local-dir:/etc"),
        ("backbone", "hf-hub:someone/model"),
        ("backbone", "no_such_model"),
        ("backbone", 3),
        ("image_size", 10**6),
        ("image_size", 32.0),
        ("image_size", True),
        ("knots", 0),
        ("knots", 10**9),
        ("process", 99),
        ("process", True),
        ("masks", "none"),
        ("masks", torch.zeros(2)),
        ("masks", ["plain"]),
        ("normalisation", "imagenet"),
        ("resize", "crop"),
        ("fusion", "sum"),
        ("sliders", list(reversed(SLIDER_NAMES))),
        ("sliders", 10),
    ],
)
def test_config_is_checked(tmp_path, tiny, name, value) -> None:
    path = tmp_path / "config.pt"
    torch.save({"model": tiny.state_dict(), "config": config_to_dict(TINY) | {name: value}}, path)
    with pytest.raises(InputError, match=r"config\.pt") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)


def test_a_small_file_cannot_ask_for_a_huge_model(tmp_path) -> None:
    path = tmp_path / "huge.pt"
    huge = AutoPilotConfig(BackboneConfig("vit_gigantic_patch14_224", image_size=224))
    torch.save({"model": {"a": torch.zeros(1)}, "config": config_to_dict(huge)}, path)
    with pytest.raises(InputError, match="does not fit"):
        load_model(path)


def test_huge_and_compressed_files_are_refused(tmp_path, saved) -> None:
    path = tmp_path / "huge.pt"
    with path.open("wb") as file:
        file.truncate(5 << 30)  # sparse: takes no room
    with pytest.raises(InputError, match="5 GiB is too large"):
        load_model(path)
    path.unlink()
    squeezed = tmp_path / "bomb.pt"
    with (
        zipfile.ZipFile(saved) as source,
        zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(InputError, match="compressed"):
        load_model(squeezed)


def test_nothing_half_written_stays(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.pt"
    write_torch_file(path, {"epoch": 1})

    def full(content, file):
        file.write(b"half")
        raise RuntimeError("PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(InputError, match=r"a\.pt: cannot be written"):
        write_torch_file(path, {"epoch": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]
    assert read_torch_file(path) == {"epoch": 1}


def test_an_interrupted_write_is_an_interrupt(tmp_path, monkeypatch) -> None:
    """And no full disk, which torch's own error would be taken for."""
    real, path = torch.save, tmp_path / "a.pt"

    class Interrupted(io.BytesIO):
        def write(self, data) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", lambda content, _: real(content, Interrupted()))
    with pytest.raises(KeyboardInterrupt):
        write_torch_file(path, {"weights": torch.zeros(100_000)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_disk_is_named(tmp_path) -> None:
    """Which torch's own error is silent about."""
    path = tmp_path / "a.pt"
    with replacing(path) as temporary:  # the name that the next one gets as well
        temporary.write_bytes(b"")
    temporary.symlink_to("/dev/full")
    with pytest.raises(InputError) as caught:
        write_torch_file(path, {"weights": torch.zeros(100_000)})
    assert str(caught.value) == f"{path}: cannot be written: {os.strerror(errno.ENOSPC)}"
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]
    assert path.read_bytes() == b""


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_backbone_weights_from_a_file(tmp_path, tiny, suffix) -> None:
    from safetensors.torch import save_file

    state = {name: tensor + 0.5 for name, tensor in tiny.backbone.encoder.state_dict().items()}
    state["head.weight"] = torch.zeros(10, 64)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": state}, path)
    else:
        save_file(state, path)
    model = AutoPilotRegressor(TINY)
    load_backbone_weights(path, model)
    assert torch.equal(model.backbone.encoder.norm.weight, tiny.backbone.encoder.norm.weight + 0.5)
    other = AutoPilotRegressor(AutoPilotConfig(BackboneConfig("test_resnet", image_size=32)))
    with pytest.raises(InputError, match="does not fit test_resnet"):
        load_backbone_weights(path, other)
    path.write_bytes(b"no weights")
    with pytest.raises(InputError, match="weights"):
        load_backbone_weights(path, model)
