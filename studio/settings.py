"""What the studio is asked to show, and where: typed, documented, never changed on the way."""

import dataclasses
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.adapter import Adapter
from params.checks import check_range
from params.files import InputError
from params.plain_names import OWN_EXPERT, check_expert
from stages.predict.settings import PredictSettings

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class StudioSettings:
    """One studio: the pictures of a shoot, what predicts them, and where the page is served.

    inputs: RAW files, and folders, which are taken whole.
    output: folder for what is accepted; `.studio` in it keeps edits, predictions and thumbnails.
    recursive: the folders' subfolders as well.
    checkpoints: trained models (.pt, or hf://owner/repo/file.pt) to choose from; the first is the
        one that adapters belong to. None at all: Auto only.
    adapters: LoRA adapters, each a model of its own with the first checkpoint, and all by their
        weights another.
    presets: XMP files whose settings are a model, too.
    profiles: folders with the user's own look profiles; those of Camera Raw come after them.
    strength: how much of each predicted edit, 0..1.
    auto_white_balance, constants, force_lora, confidence, device: as PredictSettings has them.
    expert: whose edits the corrections are, in the manifest.
    manifest: where corrections are taught to; None: outputs/dataset_manifest.jsonl of `output`.
    host, port: where the page is served; port 0 is any that is free.
    allow_remote: other computers may reach it, where `host` is none of this one's own loopback.
    browser: open the page in the browser.

    Raises:
        InputError: a value out of its range, or a host that other computers reach without
            allow_remote.
    """

    inputs: Sequence[str | Path]
    output: Path
    recursive: bool = False
    checkpoints: Sequence[Path] = ()
    adapters: Sequence[Adapter] = ()
    presets: Sequence[Path] = ()
    profiles: Sequence[Path] = ()
    strength: float = PredictSettings.strength
    auto_white_balance: bool = PredictSettings.auto_white_balance
    constants: bool = PredictSettings.constants
    force_lora: bool = PredictSettings.force_lora
    confidence: Path | None = None
    device: str = PredictSettings.device
    expert: str = OWN_EXPERT
    manifest: Path | None = None
    host: str = LOOPBACK
    port: int = 0
    allow_remote: bool = False
    browser: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.inputs, str | Path):
            raise InputError(f"inputs is {str(self.inputs)!r}, not a list of paths")
        check_range("strength", self.strength, 0.0, 1.0)
        check_range("port", self.port, 0, 65535)
        try:
            check_expert(self.expert)
        except ValueError as error:
            raise InputError(f"expert: {error}") from error
        if self.adapters and not self.checkpoints:
            raise InputError("LoRA adapters need the model they were trained on: a checkpoint")
        if not is_loopback(self.host) and not self.allow_remote:
            raise InputError(
                f"host: {self.host} lets other computers see and change the pictures, unencrypted: "
                "whoever has the address with its token. --allow-remote if that is meant"
            )

    @property
    def folder(self) -> Path:
        """Where the studio keeps what it needs: edits, predictions, thumbnails."""
        return self.output / ".studio"

    def predicting(
        self, checkpoint: Path | None, adapters: Sequence[Adapter] = ()
    ) -> PredictSettings:
        """What predicts with a checkpoint, or with None Auto, and adapters."""
        confidence = self.confidence if checkpoint in self.checkpoints[:1] else None
        return PredictSettings(
            checkpoint,
            list(self.inputs),
            self.output,
            adapters=tuple(adapters),
            constants=self.constants,
            force_lora=self.force_lora,
            strength=self.strength,
            auto_white_balance=self.auto_white_balance and checkpoint is None,
            confidence=confidence,
            device=self.device,
        )

    def at_port(self, port: int) -> "StudioSettings":
        """With the port that was found free."""
        return dataclasses.replace(self, port=port)


def is_loopback(host: str) -> bool:
    """Whether an address or name is this computer's own, which no other one reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
