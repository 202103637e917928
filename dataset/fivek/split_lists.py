"""FiveK's split files: from the data's own folder, a clone of the public loader, or the Hub."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from dataset.fivek.pictures import SPLITS, file_names, read_split, split_file
from params.files import InputError, write_text

log = logging.getLogger(__name__)

HUB_REPO = "yuukicammy/MIT-Adobe-FiveK"


def ensure_lists(
    root: Path, splits: Iterable[str], dataset_repo: Path | None, hub_repo: str | None
) -> None:
    """See that `root` holds the split files.

    What is there stays, unless `hub_repo` is given: then all are taken from the Hub. What is
    missing comes from `dataset_repo` (its JSON files are read, its code is never run), else
    from the Hub.

    Raises:
        InputError: a list can be had nowhere, or is not one.
    """
    lacking = [split for split in splits if hub_repo or split_file(root, split) is None]
    if dataset_repo is not None and not dataset_repo.is_dir():
        raise InputError(f"{dataset_repo}: no such folder")
    if dataset_repo is not None and not hub_repo:
        for split in list(lacking):
            if path := split_file(dataset_repo, split, dataset_repo):
                _take(path, root)
                lacking.remove(split)
    if lacking:
        repo = hub_repo or HUB_REPO
        log.info("split files: from %s on the Hugging Face Hub", repo)
        _from_hub(root, lacking, repo)


def _take(path: Path, root: Path) -> None:
    """Copy a split file, once it has been found to be one."""
    read_split(path)
    write_text(root / path.name, path.read_text(encoding="utf-8-sig"))


def _from_hub(root: Path, splits: list[str], repo: str) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    try:
        folder = Path(
            snapshot_download(
                repo,
                repo_type="dataset",
                allow_patterns=[name for split in SPLITS for name in file_names(split)],
                endpoint=os.environ.get("HF_ENDPOINT") or None,
            )
        )
    except Exception as error:  # the client's many, the network's, the cache's
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{repo}: no split files from the Hub ({reason}); put {splits[0]}.json into {root}, "
            "or give --dataset-repo"
        ) from error
    for split in splits:
        path = split_file(folder, split)
        if path is None:
            raise InputError(f"{repo}: has no list of {split}")
        _take(path, root)
