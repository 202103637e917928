"""A LoRA adapter as it is asked for: which file, and how much of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Adapter:
    """An adapter file (or hf:// name), and how much of it to take: 1 is all."""

    path: Path
    weight: float = 1.0

    def __str__(self) -> str:
        return str(self.path) if self.weight == 1.0 else f"{self.path}:{self.weight:g}"
