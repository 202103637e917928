"""Lightroom Classic catalogs, read only: which pictures, where, and their develop settings.

A catalog is a SQLite database that may be in use. It and its journal are copied to a temporary
folder and only the copy is opened. Tables and columns as Lightroom 3 to 13 have them.
"""

import contextlib
import hashlib
import re
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dataset.lightroom.catalog_collections import as_text, members_of
from dataset.lightroom.lua_table import lua_fields, parse_lua
from params.files import InputError
from params.unsupported import Look
from params.xmp_facts import look_amount, look_uuid, parse_date, read_facts
from params.xmp_packet import SIZE_LIMIT, read_fields

_JOURNALS = ("-wal", "-journal")  # what the database itself does not hold yet
_TRIES = 3
_LARGEST_VALUE = 64 * 2**20
# SQLite's steps: so many, and so many more for each KiB of the file; some dozens are a picture's.
_STEPS, _STEPS_A_KIB, _STEPS_AT_ONCE = 50_000_000, 100, 100_000
# What unpacks to more than this is believed up to so many times its size; settings take a tenth.
_SMALL, _MOST_PACKED = 1 << 20, 50
_NEEDED = {
    "Adobe_images": {"id_local", "rootFile"},
    "AgLibraryFile": {"id_local", "baseName", "extension", "folder"},
    "AgLibraryFolder": {"id_local", "pathFromRoot", "rootFolder"},
    "AgLibraryRootFolder": {"id_local", "absolutePath"},
    "Adobe_imageDevelopSettings": {"id_local", "image", "text"},
}
# Column of the answer -> (table, column, table's name in the question).
_COLUMNS = {
    "id": ("Adobe_images", "id_local", "i"),
    "id_global": ("Adobe_images", "id_global", "i"),
    "master": ("Adobe_images", "masterImage", "i"),
    "rating": ("Adobe_images", "rating", "i"),
    "pick": ("Adobe_images", "pick", "i"),
    "taken": ("Adobe_images", "captureTime", "i"),
    "name": ("AgLibraryFile", "baseName", "f"),
    "extension": ("AgLibraryFile", "extension", "f"),
    "folder": ("AgLibraryFolder", "pathFromRoot", "d"),
    "root": ("AgLibraryRootFolder", "absolutePath", "r"),
    "relative_root": ("AgLibraryRootFolder", "relativePathFromCatalog", "r"),
    "text": ("Adobe_imageDevelopSettings", "text", "s"),
    "process_version": ("Adobe_imageDevelopSettings", "processVersion", "s"),
    "masks": ("Adobe_imageDevelopSettings", "hasMasks", "s"),
    "camera": ("AgInternedExifCameraModel", "value", "m"),
}


@dataclass(frozen=True, slots=True)
class CatalogPicture:
    """One picture, or virtual copy, of a catalog.

    root, relative_root: its root folder, absolute and from the catalog's own folder ("" when
        not known); folder: from there; name: with its extension. All with slashes.
    copy: up to eight letters and digits that tell a virtual copy from others, "" for the
        picture itself.
    rating: 0..5. pick: 1 picked, -1 rejected.
    text, packet: its settings as the catalog keeps them; see develop().
    """

    root: str
    relative_root: str
    folder: str
    name: str
    copy: str
    rating: int
    pick: int
    taken: datetime | None
    camera: str | None
    text: bytes
    packet: bytes
    process_version: str
    masks: bool

    def develop(self) -> tuple[dict[str, str | list[str]], Look | None]:
        """The settings, as params.xmp_packet.read_fields gives them, and the look on top.

        Raises:
            InputError: they cannot be read.
        """
        name = f"{self.name} in the catalog"
        if self.text:
            table = parse_lua(_unpack(self.text, name).decode("utf-8", "replace"), name)
            fields, look = lua_fields(table), table.get("Look")
            if self.process_version:
                fields.setdefault("ProcessVersion", self.process_version)
            if self.masks and "MaskGroupBasedCorrections" not in table:
                fields.setdefault("MaskGroupBasedCorrections", [])
            if not isinstance(look, dict) or not isinstance(look.get("Name"), str):
                return fields, None
            amount, uuid = look_amount(str(look.get("Amount", 1.0))), str(look.get("UUID", ""))
            return fields, Look(look["Name"], amount, look_uuid(uuid))
        if self.packet:
            packet = _unpack(self.packet, name)
            return read_fields(packet, name), read_facts(packet, name).look
        return {}, None


def read_catalog(path: Path, collection: str | None = None) -> Iterator[CatalogPicture]:
    """The pictures of a catalog one by one, in the order in which they were added.

    Args:
        collection: only those in a collection of this name (upper and lower case are one).

    Raises:
        InputError: not a catalog, damaged, no room for the copy, or no such collection.
    """
    try:
        with _opened_copy(path) as database:
            yield from _pictures(database, path, collection)
    except sqlite3.Error as error:
        spent = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
        reason = "reading it takes more steps than any catalog's" if spent else error
        raise InputError(
            f"{path}: not a Lightroom Classic catalog, or damaged: {reason}"
        ) from error


@contextlib.contextmanager
def _opened_copy(path: Path) -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory(prefix="catalog-") as folder:
        copy = Path(folder) / "copy.lrcat"
        try:
            _copy_together(path, copy)
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"{path}: cannot be copied to be read: {reason}") from error
        with contextlib.closing(sqlite3.connect(copy)) as database:
            database.text_factory = bytes
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
            database.execute("PRAGMA trusted_schema = OFF")
            steps = _STEPS + _STEPS_A_KIB * (copy.stat().st_size >> 10)
            turns = iter(range(steps // _STEPS_AT_ONCE))
            database.set_progress_handler(lambda: next(turns, None) is None, _STEPS_AT_ONCE)
            yield database


def _copy_together(path: Path, copy: Path) -> None:
    """Copy a database and its journals, again while they change meanwhile."""
    files = {path: copy} | {
        path.with_name(path.name + end): copy.with_name(copy.name + end) for end in _JOURNALS
    }
    for _ in range(_TRIES):
        before = _state(files)
        for source, target in files.items():
            target.unlink(missing_ok=True)
            if source == path or source.is_file():
                shutil.copyfile(source, target)
        if _state(files) == before:
            return


def _state(files: dict[Path, Path]) -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return found


def _pictures(
    database: sqlite3.Connection, path: Path, collection: str | None
) -> Iterator[CatalogPicture]:
    columns = _columns(database)
    for table, needed in _NEEDED.items():
        if lacking := needed - columns.get(table, set()):
            what = f"{table}.{min(lacking)}" if table in columns else f"table {table}"
            raise InputError(f"{path}: not a Lightroom Classic catalog: it has no {what}")
    members = members_of(database, columns, path, collection) if collection is not None else None
    _index_images(database, columns)
    question = _question(columns)
    names = list(_COLUMNS)
    packets = "xmp" in columns.get("Adobe_AdditionalMetadata", set())
    # A damaged or hostile database may have many rows of one picture, and one text in many rows.
    [left] = database.execute("SELECT count(*) FROM Adobe_images").fetchone()
    [pages] = database.execute("PRAGMA page_count").fetchone()
    [size] = database.execute("PRAGMA page_size").fetchone()
    room = pages * size
    for row in database.execute(question):
        values = dict(zip(names, row, strict=True))
        if members is None or values["id"] in members:
            packet = b""
            if packets and not values["text"]:
                packet = _packet(database, values["id"])
            picture = _picture(values, packet)
            left -= 1
            room -= len(picture.text) + len(packet)
            if min(left, room) < 0:
                raise InputError(f"{path}: damaged catalog: its rows hold more than the file")
            yield picture


def _columns(database: sqlite3.Connection) -> dict[str, set[str]]:
    """The columns of each plain table. Computed ones, which could cost anything, are not named."""
    master = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
    there = {as_text(name) for (name,) in database.execute(master)}
    wanted = {*_NEEDED, "AgHarvestedExifMetadata", "AgInternedExifCameraModel"}
    wanted |= {"AgLibraryCollection", "AgLibraryCollectionImage", "Adobe_AdditionalMetadata"}
    return {
        table: {as_text(row[1]) for row in database.execute(f"PRAGMA table_info({table})")}
        for table in wanted & there
    }


def _question(columns: dict[str, set[str]]) -> str:
    """One row a picture, in the order of _COLUMNS; NULL where an older catalog has no column."""
    chosen = [
        f"{short}.{column}" if column in columns.get(table, set()) else "NULL"
        for table, column, short in _COLUMNS.values()
    ]
    known = "developSettingsIDCache" in columns["Adobe_images"]
    current = "i.developSettingsIDCache" if known else "NULL"
    exif = {"image", "cameraModelRef"} <= columns.get("AgHarvestedExifMetadata", set())
    exif = exif and {"id_local", "value"} <= columns.get("AgInternedExifCameraModel", set())
    if not exif:
        chosen[list(_COLUMNS).index("camera")] = "NULL"
    camera = (
        " LEFT JOIN AgInternedExifCameraModel m ON m.id_local = (SELECT e.cameraModelRef FROM"
        " AgHarvestedExifMetadata e WHERE e.image = i.id_local LIMIT 1)"
    )
    return (
        f"SELECT {', '.join(chosen)} FROM Adobe_images i"
        " JOIN AgLibraryFile f ON f.id_local = i.rootFile"
        " JOIN AgLibraryFolder d ON d.id_local = f.folder"
        " JOIN AgLibraryRootFolder r ON r.id_local = d.rootFolder"
        " LEFT JOIN Adobe_imageDevelopSettings s ON s.id_local = COALESCE("
        "(SELECT x.id_local FROM Adobe_imageDevelopSettings x"
        f" WHERE x.id_local = {current} AND x.image = i.id_local), "
        "(SELECT max(x.id_local) FROM Adobe_imageDevelopSettings x WHERE x.image = i.id_local))"
        f"{camera if exif else ''} ORDER BY i.id_local"
    )


def _index_images(database: sqlite3.Connection, columns: dict[str, set[str]]) -> None:
    """Make sure, in the copy, that a picture's rows are found without a look through all."""
    for table, names in columns.items():
        if "image" not in names:
            continue
        leading = set()
        for row in database.execute(f"PRAGMA index_list({table})").fetchall():
            index, partial = as_text(row[1]).replace('"', '""'), row[4]
            parts = database.execute(f'PRAGMA index_info("{index}")').fetchall()
            leading |= {as_text(parts[0][2])} if parts and not partial else set()
        if "image" not in leading:
            database.execute(f"CREATE INDEX auto_acr_{table} ON {table} (image)")


def _packet(database: sqlite3.Connection, image: Any) -> bytes:
    question = "SELECT xmp FROM Adobe_AdditionalMetadata WHERE image = ? LIMIT 1"
    row = database.execute(question, (image,)).fetchone()
    return row[0] if row and isinstance(row[0], bytes) else b""


def _picture(values: dict[str, Any], packet: bytes) -> CatalogPicture:
    copy = _letters(as_text(values["id_global"])) or _letters(str(values["id"]))
    return CatalogPicture(
        root=as_text(values["root"]),
        relative_root=as_text(values["relative_root"]),
        folder=as_text(values["folder"]),
        name=f"{as_text(values['name'])}.{as_text(values['extension'])}",
        copy=copy if values["master"] is not None else "",
        rating=_whole(values["rating"], 0, 5),
        pick=_whole(values["pick"], -1, 1),
        taken=parse_date(as_text(values["taken"])),
        camera=as_text(values["camera"]) or None,
        text=values["text"] if isinstance(values["text"], bytes) else b"",
        packet=packet,
        process_version=as_text(values["process_version"]),
        masks=values["masks"] == 1,
    )


def _letters(text: str) -> str:
    """The first eight of an id; its digest's where these aren't letters and digits."""
    if not text or re.fullmatch(r"[A-Za-z0-9-]{1,8}", text[:8]):
        return text[:8]
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _unpack(data: bytes, name: str) -> bytes:
    """Settings as stored: as they are, or a length in four bytes and then zlib's stream.

    Raises:
        InputError: damaged, or larger than SIZE_LIMIT when unpacked, or than is believed.
    """
    packed = len(data) > 6 and data[4] == 0x78 and int.from_bytes(data[4:6], "big") % 31 == 0
    if packed:
        try:
            most = min(SIZE_LIMIT, max(_SMALL, _MOST_PACKED * len(data)))
            data = zlib.decompressobj().decompress(data[4:], most + 1)
        except zlib.error as error:
            raise InputError(f"{name}: its settings are damaged: {error}") from error
    else:
        most = SIZE_LIMIT
    if len(data) > most:
        raise InputError(f"{name}: its settings are larger than {most // 2**20} MiB")
    return data


def _whole(value: Any, low: int, high: int) -> int:
    """A number that SQLite may hold as a float; 0 for what is none."""
    if not isinstance(value, int | float) or not low <= value <= high:
        return 0
    return int(value)
