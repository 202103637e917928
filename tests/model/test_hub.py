"""hf:// names, against a web server in this process that answers as the Hub does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fivek_server import Site, serve

from model.checkpoint import load_model, weights_digest
from model.hub import model_file
from model.lora import load_lora
from params.files import InputError

CACHE = "huggingface_hub.constants.HF_HUB_CACHE"


@pytest.fixture
def hub(tmp_path, monkeypatch, checkpoint, adapter) -> Iterator[Site]:
    site = Site()
    site.files = {
        "/owner/repo/resolve/main/base.pt": checkpoint.read_bytes(),
        "/owner/repo/resolve/main/lora/style.pt": adapter.read_bytes(),
        "/owner/repo/resolve/v0.2/older.pt": b"older",
    }
    monkeypatch.setattr(CACHE, str(tmp_path / "cache"))
    with serve(site):
        monkeypatch.setenv("HF_ENDPOINT", site.url)
        yield site


def test_checkpoint_and_adapter_are_downloaded_once(hub, checkpoint, adapter) -> None:
    for _ in range(2):
        model, _ = load_model("hf://owner/repo/base.pt")
    own, _ = load_model(checkpoint)
    assert weights_digest(model.state_dict()) == weights_digest(own.state_dict())
    names = load_lora(model, "hf://owner/repo/lora/style.pt")
    assert names == load_lora(own, adapter)
    assert len(hub.asked("GET")) == 2


def test_names_survive_pathlib_and_local_paths_are_left_alone(hub, tmp_path) -> None:
    assert model_file(Path("hf://owner/repo/base.pt")).name == "base.pt"
    assert model_file(r"hf:\owner\repo\base.pt").name == "base.pt"
    assert model_file("hf://owner/repo@v0.2/older.pt").read_bytes() == b"older"
    asked = len(hub.requests)
    for local in (tmp_path / "base.pt", "run/base.pt", "hf.pt", "hf"):
        assert model_file(local) == Path(local)
    assert len(hub.requests) == asked


@pytest.mark.parametrize(
    "name",
    [
        "hf://owner/repo",
        "hf://base.pt",
        "hf://owner/repo/../../etc/passwd",
        "hf://owner/../repo/base.pt",
        "hf://../owner/repo/base.pt",
        "hf://owner/repo/.git/config",
        "hf://owner/repo/lora//style.pt",
        "hf://owner/repo/base.pt/",
        "hf://owner/repo/a\nb.pt",
        "hf://owner/repo/base.pt?download=true",
        "hf://owner/repo/%2e%2e/base.pt",
        "hf://own--er/repo/base.pt",
        "hf://owner/repo@../base.pt",
        "hf://user:secret@host/repo/base.pt",
        "hf://" + "a" * 200 + "/repo/base.pt",
        "hf:///",
    ],
)
def test_odd_names_are_refused_without_a_request(hub, name) -> None:
    with pytest.raises(InputError, match="not of the form hf://owner/repo/file") as caught:
        model_file(name)
    assert "\n" not in str(caught.value).replace(name, "")
    assert hub.requests == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("EntryNotFound", "no such file"),
        ("RepoNotFound", "no such repository"),
        ("RevisionNotFound", "no revision"),
        ("GatedRepo", "only for accounts with access"),
    ],
)
def test_what_the_hub_says_is_one_line(hub, code, text) -> None:
    path = "/owner/repo/resolve/main/nothing.pt"
    hub.codes[path] = code
    with pytest.raises(InputError, match=f"^hf://owner/repo/nothing.pt: .*{text}") as caught:
        model_file("hf://owner/repo/nothing.pt")
    assert "\n" not in str(caught.value)


def test_without_a_network_the_cached_copy_serves(hub, monkeypatch) -> None:
    path = model_file("hf://owner/repo/base.pt")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    assert model_file("hf://owner/repo/base.pt") == path
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert model_file("hf://owner/repo/base.pt") == path
    with pytest.raises(InputError, match=r"lora/style\.pt: not in the cache, and .* reached$"):
        model_file("hf://owner/repo/lora/style.pt")


def test_without_a_network_a_command_says_so_in_one_line(
    hub, tmp_path, monkeypatch, capsys
) -> None:
    import scripts.merge_lora

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    base, out = "hf://owner/repo/base.pt", str(tmp_path / "merged.pt")
    words = ["--checkpoint", base, "--lora-checkpoint", "a.pt", "--output", out]
    assert scripts.merge_lora.main(words) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{base}: asking the Hugging Face Hub",
        f"ERROR: {base}: not in the cache, and the Hugging Face Hub cannot be reached",
    ]


def test_pretrained_backbones_come_from_the_hub_and_its_cache(hub, monkeypatch) -> None:
    import torch
    from safetensors.torch import save

    from model.backbones import ImageBackbone, import_timm
    from model.config import BackboneConfig

    torch.manual_seed(4)
    published = import_timm().create_model("test_resnet").state_dict()
    cfg = import_timm().get_pretrained_cfg("test_resnet")
    hub.files |= {f"/{cfg.hf_hub_id}/resolve/main/model.safetensors": save(published)}
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    template = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    wanted = BackboneConfig("test_resnet", pretrained=True, image_size=64)
    for offline in (False, True):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", offline)
        own = ImageBackbone(wanted).encoder.state_dict()
        assert all(torch.equal(own[name], published[name]) for name in own)
    assert len(hub.asked("GET")) == 1
