"""Fixtures that more than one test file uses. What they make is for reading only."""

import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# Side by side, each process of the tests (and what it starts) takes one core.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

REPO = Path(__file__).resolve().parents[1]
# Ours before any installed package of the same name, as the commands do it.
sys.path.insert(0, str(REPO))

from simulated import AWKWARD, leftovers, write_pair  # noqa: E402


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """File names that are no text come up in logs; xdist sends reports as UTF-8."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(scope="session", autouse=True)
def prepared_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of prepared models: not the user's own."""
    folder = tmp_path_factory.mktemp("prepared")
    os.environ["AUTO_ACR_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two loose RAW/TIFF pairs, with an awkward name: raw/*.dng, edited/*.tif."""
    folder = tmp_path_factory.mktemp("pairs") / AWKWARD
    for seed, name in enumerate(("one", "two & 2")):
        write_pair(folder / "raw" / f"{name}.dng", folder / "edited" / f"{name}.tif", seed)
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file with random weights: a tiny transformer on 32x32 pixels."""
    import torch

    from model.autopilot import AutoPilotRegressor
    from model.checkpoint import save_model
    from model.config import AutoPilotConfig, BackboneConfig

    torch.manual_seed(1)
    backbone = BackboneConfig("test_vit", image_size=32)
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    save_model(path, AutoPilotRegressor(AutoPilotConfig(backbone)).eval())
    return path


@pytest.fixture(scope="session")
def adapter(checkpoint: Path) -> Path:
    """A LoRA adapter for `checkpoint` that changes what it predicts."""
    import torch

    from model.checkpoint import load_model, weights_digest
    from model.lora import AdapterFacts, inject_lora, save_lora

    model, _ = load_model(checkpoint)
    digest = weights_digest(model.state_dict())
    torch.manual_seed(2)
    inject_lora(model, 2, 16.0, None)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("lora_up"):
                weight.normal_(std=0.5)
    path = checkpoint.with_name("style.pt")
    save_lora(path, model, AdapterFacts(None, checkpoint.name, digest), epoch=1)
    return path


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are decoded in the test's own process, where it can see and replace the readers."""
    monkeypatch.setenv("AUTO_ACR_IN_PROCESS", "1")


@pytest.fixture
def bad_decoders(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Decoders that misbehave for files called crash, hang, allocate (tests/bad_decoders), and
    that are waited for 2 seconds.
    """
    from imaging.decoder import pool

    if not sys.platform.startswith("linux"):
        pytest.skip("decoders are held to their memory, and counted, on Linux")
    monkeypatch.syspath_prepend(str(REPO / "tests" / "bad_decoders"))
    monkeypatch.setattr(pool, "SECONDS", 2.0)
    pool.end_all()
    yield
    pool.end_all()


@pytest.fixture
def raws(tmp_path: Path, pairs: Path) -> Path:
    """A folder of the test's own with one good RAW file, for others to be put beside it."""
    folder = tmp_path / AWKWARD
    folder.mkdir()
    shutil.copy(pairs / "raw" / "one.dng", folder / "good.dng")
    return folder


@pytest.fixture
def failing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Run a command that must fail; gives back its error lines. Checks what all failures share."""

    def run(module: ModuleType, *words: object) -> list[str]:
        capsys.readouterr()
        assert module.main([str(word) for word in words]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        assert leftovers(tmp_path) == []
        return [line for line in err.splitlines() if line.startswith("ERROR: ")]

    return run
