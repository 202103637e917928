"""The user's own look profiles: XMP files in folders of theirs and in Camera Raw's usual ones.

Nothing is read before a look is asked for; then each file's name and UUID, once, and the tables of
the profile that is wanted.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from params.files import InputError
from params.look_profile import LookProfile, read_profile, read_profile_names
from params.unsupported import Look
from params.xmp_packet import SIZE_LIMIT, read_packet

log = logging.getLogger(__name__)

# Files that are looked into, of all folders together; Camera Raw itself brings some thousands.
MOST_FILES = 20_000
_PLACES = ("CameraProfiles", "Settings")
_ADOBE = Path("Adobe", "CameraRaw")


def usual_folders(
    platform: str = sys.platform,
    home: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> list[Path]:
    """Those folders that there are of the ones where Camera Raw keeps its looks and the user's."""
    if platform == "darwin":
        support = Path("Library", "Application Support")
        roots = [Path("/") / support, (home or Path.home()) / support]
    elif platform == "win32":
        given = (environment.get(name) for name in ("PROGRAMDATA", "APPDATA"))
        roots = [Path(root) for root in given if root]
    else:
        return []
    folders = (root / _ADOBE / place for root in roots for place in _PLACES)
    return [folder for folder in folders if folder.is_dir()]


class LookLibrary:
    """Look profiles by UUID and by name; the first folder's before the next one's.

    Args:
        folders: with all folders in them, at most MOST_FILES files. Links to folders are not
            followed.
    """

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self._folders = tuple(folders)
        self._given: dict[tuple[str, str], LookProfile] = {}
        self._read: dict[Path, LookProfile] = {}
        self._index: tuple[dict[str, Path], dict[str, Path]] | None = None
        self._lock = threading.Lock()

    def add(self, profile: LookProfile) -> None:
        """A profile that came with a photo's settings; it goes before those in files."""
        with self._lock:
            self._given[profile.uuid, profile.name] = profile

    def find(self, look: Look) -> LookProfile | None:
        """The profile of a look by its UUID, else by its name; None where there is none.

        Raises:
            InputError: its file is broken.
        """
        with self._lock:
            known = self._given.get((look.uuid, look.name))
            if known is not None:
                return known
            if self._index is None:
                self._index = self._read_index()
            by_uuid, by_name = self._index
            path = by_uuid.get(look.uuid) or by_name.get(look.name)
            if path is None:
                return None
            if path not in self._read:
                self._read[path] = read_profile(read_packet(path), str(path))
            return self._read[path]

    def _read_index(self) -> tuple[dict[str, Path], dict[str, Path]]:
        by_uuid: dict[str, Path] = {}
        by_name: dict[str, Path] = {}
        for count, path in enumerate(self._files()):
            if count == MOST_FILES:
                log.warning("profiles: only the first %d files are looked into", MOST_FILES)
                break
            try:
                data = read_packet(path)
                names = read_profile_names(data, str(path)) if b"Look" in data else None
            except InputError as error:
                log.debug("%s", error)  # it is named when it is what a photo asks for
                continue
            if names is not None:
                name, uuid = names
                by_name.setdefault(name, path)
                if uuid:
                    by_uuid.setdefault(uuid, path)
        by_name.pop("", None)
        return by_uuid, by_name

    def _files(self) -> Iterator[Path]:
        for top in self._folders:
            for folder, below, names in os.walk(top):
                below.sort()
                for name in sorted(names):
                    path = Path(folder, name)
                    if path.suffix.lower() == ".xmp" and _is_readable(path):
                        yield path


def _is_readable(path: Path) -> bool:
    """Whether it is a plain file (never a pipe, which would wait) of a size that is read."""
    try:
        return path.is_file() and path.stat().st_size <= SIZE_LIMIT
    except OSError:
        return False
