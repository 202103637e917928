"""The collections of a Lightroom Classic catalog: which pictures are in one."""

import sqlite3
from pathlib import Path
from typing import Any

from params.files import InputError


def members_of(
    database: sqlite3.Connection, columns: dict[str, set[str]], path: Path, collection: str
) -> set[Any]:
    """The ids of the pictures in the collections of a name, upper and lower case alike.

    columns: the columns of each table that there is.

    Raises:
        InputError: there is none, or Lightroom finds its pictures by rules.
    """
    if not {"AgLibraryCollection", "AgLibraryCollectionImage"} <= columns.keys():
        raise InputError(f"{path}: this catalog has no collections")
    names = {
        key: as_text(name)
        for key, name in database.execute("SELECT id_local, name FROM AgLibraryCollection")
    }
    wanted = {key for key, name in names.items() if name.casefold() == collection.casefold()}
    smart = _smart(database, columns) & wanted
    if smart and smart == wanted:
        raise InputError(
            f"{path}: {collection!r} is a smart collection: it holds rules, no list of pictures; "
            "make a collection of its pictures in Lightroom"
        )
    if not wanted:
        some = ", ".join(sorted({name for name in names.values() if name})[:20]) or "none"
        raise InputError(f"{path}: no collection {collection!r}; it has: {some}")
    question = "SELECT collection, image FROM AgLibraryCollectionImage"
    return {image for key, image in database.execute(question) if key in wanted}


def _smart(database: sqlite3.Connection, columns: dict[str, set[str]]) -> set[Any]:
    """The collections whose pictures Lightroom finds by rules."""
    if "creationId" not in columns["AgLibraryCollection"]:
        return set()
    question = "SELECT id_local, creationId FROM AgLibraryCollection"
    return {key for key, kind in database.execute(question) if "smart" in as_text(kind)}


def as_text(value: Any) -> str:
    """A value of a catalog as text; "" where it is none."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
