"""Checkpoints and adapters that are damaged, hostile or not what was asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import run.inference

CPU = ["--device", "cpu"]


class _Bomb:
    """Would make a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


def bad_checkpoints(good: Path, adapter: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Files that are no usable model, and what the message must say."""
    import torch

    whole = good.read_bytes()
    for name, content in (("empty", b""), ("cut", whole[: len(whole) // 2]), ("text", b"hello")):
        (folder / f"{name}.pt").write_bytes(content)
        yield folder / f"{name}.pt", "damaged, or not a checkpoint"
    torch.save({"model": _Bomb(folder / "went off")}, folder / "bomb.pt")
    yield folder / "bomb.pt", "refused: it holds code"
    content = torch.load(good, weights_only=True)
    settings = content["config"] | {"backbone": "resnet10t"}
    torch.save({"model": content["model"], "config": settings}, folder / "other.pt")
    yield folder / "other.pt", "does not fit resnet10t"
    torch.save({"model": content["model"]}, folder / "published.pt")
    yield folder / "published.pt", "does not fit vit_small_patch16_224"
    yield adapter, "a LoRA adapter, not a model"
    yield folder / "missing.pt", "No such file"
    yield folder, "not a file"


def test_bad_checkpoints(
    failing: Any, pairs: Path, checkpoint: Path, adapter: Path, tmp_path: Path
) -> None:
    raw, out = pairs / "raw" / "one.dng", tmp_path / "out"
    for path, reason in bad_checkpoints(checkpoint, adapter, tmp_path):
        [line] = failing(run.inference, "--checkpoint", path, "--input", raw, "--output", out, *CPU)
        assert line.startswith(f"ERROR: {path}: ")
        assert reason in line
    assert not (tmp_path / "went off").exists()
    assert not out.exists()


def test_bad_adapters(
    failing: Any, pairs: Path, checkpoint: Path, adapter: Path, tmp_path: Path
) -> None:
    import torch

    whole = adapter.read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[:-300])
    torch.save({"lora_state": _Bomb(tmp_path / "went off")}, tmp_path / "bomb.pt")
    content = torch.load(adapter, weights_only=True)
    torch.save(content | {"base_digest": "0" * 64}, tmp_path / "another.pt")
    for name in ("cut", "bomb", "another"):
        path = tmp_path / f"{name}.pt"
        words = ["--checkpoint", checkpoint, "--lora-checkpoint", path, *CPU]
        raw = ["--input", pairs / "raw" / "one.dng", "--output", tmp_path / "out"]
        [line] = failing(run.inference, *words, *raw)
        assert line.startswith(f"ERROR: {path}: ")
    assert not (tmp_path / "went off").exists()
    assert not (tmp_path / "out").exists()
