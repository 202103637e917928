"""Downloads FiveK's pictures: what is there, what is not, how much that is, and the rest."""

import functools
import hashlib
import itertools
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

from dataset.fivek.http_download import Patience, fetch, part_of, remote_size
from dataset.fivek.index import INDEX, Remote, read_index, with_record, write_index
from imaging.tiff_budget import check_directories
from imaging.tiff_pages import all_pages, data_end
from jobs.pace import Pace
from params.files import InputError

log = logging.getLogger(__name__)

_SPARE = 1 << 28  # bytes of the disk to leave free


class Download:
    """One run: plan(), then fetch_all(). `files` (path -> Remote) is what the index holds."""

    def __init__(
        self,
        root: Path,
        wanted: Sequence[Remote],
        *,
        connections: int = 4,
        patience: Patience | None = None,
        verify: bool = False,
    ) -> None:
        self.root, self.connections = root, connections
        self.patience = patience or Patience()
        self.stop = threading.Event()
        known = read_index(root)
        self.files = {file.path: with_record(file, known.get(file.path, {})) for file in wanted}
        self.verify = verify

    def plan(self) -> list[Remote]:
        """What is not complete, with its size; asks the server for sizes not known yet.

        A file that has its name but not its size is taken for a beginning, and gone on with.
        """
        present = [file for file in self.files.values() if self._is_recorded(file)]
        good = set()
        if self.verify:
            for file, error in self._run(present, self._adopt, "verify"):
                if error is None:
                    good.add(file.path)
                else:
                    log.warning("%s; it is downloaded again", error)
                    (self.root / file.path).unlink()
        else:
            good = {file.path for file in present}
        rest = [file for file in self.files.values() if file.path not in good]
        todo: list[Remote] = []
        for file, error in self._run(rest, self._look, "sizes"):
            if error is not None:
                log.error("%s: %s", file.path, error)
            elif not (self.root / file.path).is_file():
                todo.append(self.files[file.path])
        order = {path: number for number, path in enumerate(self.files)}
        return sorted(todo, key=lambda file: order[file.path])

    def check_space(self, todo: Sequence[Remote]) -> None:
        """Raises InputError when the disk has less room than the downloads need."""
        self.root.mkdir(parents=True, exist_ok=True)
        parts = sum(_size(part_of(self.root / file.path)) for file in todo)
        need = sum(file.size or 0 for file in todo) - parts
        free = shutil.disk_usage(self.root).free - _SPARE
        if need > free:
            raise InputError(
                f"{self.root}: {need / 1e9:.1f} GB are needed and {max(free, 0) / 1e9:.1f} GB free"
            )

    def fetch_all(self, todo: Sequence[Remote]) -> int:
        """Download; each failure is one logged error. Returns how many files were done."""
        from tqdm import tqdm

        total = sum(file.size or 0 for file in todo)
        begun = sum(_size(part_of(self.root / file.path)) for file in todo)
        lock, done = threading.Lock(), 0
        index = Pace()  # it is written whole
        with tqdm(
            total=total,
            initial=begun,
            desc="download",
            unit="B",
            unit_scale=True,
            unit_divisor=1000,
            file=sys.stderr,
            dynamic_ncols=True,
        ) as bar:

            def progress(change: int) -> None:
                with lock:
                    bar.update(change)

            work = functools.partial(self._fetch, progress=progress)
            try:
                for file, error in self._run(todo, work):
                    if error is None:
                        done += 1
                    else:
                        log.error("%s: %s", file.path, error)
                    if index.is_due:
                        with index.taken():
                            self.write_index()
            finally:
                self.write_index()
        return done

    def write_index(self) -> None:
        """Record what is known so far."""
        write_index(self.root, self.files.values())

    def _is_recorded(self, file: Remote) -> bool:
        path = self.root / file.path
        return file.sha256 is not None and path.is_file() and _size(path) == file.size

    def _look(self, file: Remote) -> None:
        """Learn a file's size, and what the one of its name on disk is worth."""
        path = self.root / file.path
        if file.size is None:
            file = replace(file, size=remote_size(file.url, self.patience, self.stop))
            self.files[file.path] = file
        if not path.is_file():
            return
        problem = None
        if file.size in (None, _size(path)):
            try:
                self._adopt(file)
                return
            except InputError as error:
                problem = str(error)
        if file.size is not None and _size(path) < file.size:
            path.replace(part_of(path))
        else:
            log.warning("%s; it is downloaded again", problem or f"{path}: not of the right size")
            path.unlink()

    def _adopt(self, file: Remote) -> None:
        """Take a file on disk as it is, and record its digest. Raises InputError if it is bad."""
        path = self.root / file.path
        if reason := self._problem(file, path):
            raise InputError(f"{path}: {reason}")

    def _fetch(self, file: Remote, progress: Callable[[int], Any]) -> None:
        fetch(
            file.url,
            self.root / file.path,
            size=file.size,
            check=functools.partial(self._problem, file),
            patience=self.patience,
            stop=self.stop,
            progress=progress,
        )

    def _problem(self, file: Remote, path: Path) -> str | None:
        """Why a whole file is not the right one, or None: then its digest is recorded."""
        if reason := tiff_problem(path):
            return reason
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if file.sha256 not in (None, digest):
            return f"its digest is not the one in {INDEX}"
        self.files[file.path] = replace(file, size=_size(path), sha256=digest)
        return None

    def _run(
        self, files: Sequence[Remote], work: Callable[[Remote], Any], desc: str | None = None
    ) -> Iterator[tuple[Remote, Exception | None]]:
        """work(file) by `connections` threads: (file, error or None) as they come.

        Our own disk's errors end it. Ctrl-C stops the threads between two blocks of data.
        """
        from tqdm import tqdm

        waiting = iter(files)
        bar = tqdm(
            total=len(files),
            desc=desc,
            unit="file",
            file=sys.stderr,
            dynamic_ncols=True,
            disable=desc is None or not files,
        )
        pool = ThreadPoolExecutor(self.connections)
        pending = {pool.submit(work, f): f for f in itertools.islice(waiting, self.connections)}
        try:
            while pending:
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    file, error = pending.pop(future), future.exception()
                    if (following := next(waiting, None)) is not None:
                        pending[pool.submit(work, following)] = following
                    if error is not None and not isinstance(error, InputError):
                        raise error
                    bar.update()
                    yield file, error
        finally:
            self.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            self.stop.clear()
            bar.close()


def tiff_problem(path: Path) -> str | None:
    """Why a file is no whole TIFF (DNGs are TIFFs), from its directories; None when it is."""
    import tifffile

    try:
        with path.open("rb") as start:
            check_directories(start, path)
        with tifffile.TiffFile(path) as file:
            end = max(map(data_end, all_pages(file)), default=0)
    except Exception as error:  # a damaged file can bring about any
        return f"not a whole TIFF or DNG: {' '.join(str(error).split())[:100]}"
    if not 0 < end <= _size(path):
        return "cut short: its image data ends beyond the file"
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
