"""The pairs there are to fit: MIT-Adobe FiveK's, or a photographer's own."""

import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

from dataset.fivek.pictures import FiveK
from dataset.hold_out import SHARE, hold_out
from dataset.own_pairs import pair_paths, pair_table
from dataset.set_folder import PLAIN_EXPERT, Outputs
from params.files import InputError
from params.plain_names import plain_name
from stages.fit.fit_pair import Job

log = logging.getLogger(__name__)


def fivek_jobs(
    root: Path,
    split: str = "training",
    expert: str = PLAIN_EXPERT,
    dataset_repo: Path | None = None,
) -> list[Job]:
    """The pairs of one split and expert below FiveK's folder; what is missing is one warning.

    Args:
        split: training, validation, testing or debugging.
        expert: a, b, c, d or e; for loose pairs any name: photo__NAME.tif belongs to it.
        dataset_repo: clone of the public FiveK loader, for split files that `root` lacks.

    Raises:
        InputError: no such folder, a bad split file, or not one picture.
    """
    pictures = FiveK(root, split, [expert], dataset_repo)
    pictures.report_missing()
    return [
        Job(picture.id, split, expert, picture.raw, picture.tifs[expert]) for picture in pictures
    ]


def own_jobs(
    raw: Path, tif: Path | None = None, split: str = "training", expert: str = PLAIN_EXPERT
) -> list[Job]:
    """A RAW file and its edited TIFF, or two folders of them paired by name.

    Files without a partner are named in a warning each, RAW files of one name in an error each.

    Args:
        tif: by default the folder of the RAW files.
        split: what the manifest's lines are to say.
        expert: whose edits these are; photo__NAME.tif belongs to NAME.

    Raises:
        InputError: nothing there, a file with a folder, or not one pair.
    """
    found = pair_paths(raw, tif or raw, expert)
    found.report()
    return _jobs(found.pairs, split, expert)


def folder_jobs(
    folder: Path, outputs: Outputs, share: float = SHARE, expert: str = PLAIN_EXPERT
) -> list[Job]:
    """As own_jobs of one folder, subfolders included, with pictures held out for validation.

    Args:
        outputs: where the results go; what was fitted there keeps its split.
        share: of the pictures, 0..1, that are held out; see dataset.hold_out.

    Raises:
        InputError: no such folder, or not one pair in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    jobs = own_jobs(folder, expert=expert)
    before = {(s["id"], s["expert"]): s["split"] for _, s in outputs.sources()}
    known = {job.raw: before[job.id, job.expert] for job in jobs if (job.id, job.expert) in before}
    splits = hold_out([job.raw for job in jobs], share, known)
    return [replace(job, split=split) for job, split in zip(jobs, splits, strict=True)]


def table_jobs(table: Path, split: str = "training", expert: str = PLAIN_EXPERT) -> list[Job]:
    """As own_jobs, the pairs being the rows of a CSV file: RAW, TIFF.

    Raises:
        InputError: the table cannot be read, or holds no pair.
    """
    return _jobs(pair_table(table).pairs, split, expert)


def _jobs(pairs: list[tuple[Path, Path]], split: str, expert: str) -> list[Job]:
    shared = Counter(raw.stem for raw, _ in pairs)
    jobs = []
    for raw, tif in pairs:
        if shared[raw.stem] > 1:
            log.error("%s: its name is not the only one of its kind; left out", raw)
        else:
            jobs.append(Job(plain_name(raw.stem), split, expert, raw, tif))
    return jobs
