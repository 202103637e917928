"""Catalogs that lead out of the output folder, or ask for minutes and gigabytes."""

import shutil
import sqlite3
import time
import zlib
from pathlib import Path

import pytest
from lightroom import SCHEMA, Picture, write_catalog

import scripts.import_edits
from dataset.lightroom.catalog import read_catalog
from dataset.lightroom.lua_table import MOST_VALUES, parse_lua
from dataset.manifest import read_manifest
from params.files import InputError
from params.plain_names import is_plain

IDS = ["x/../../../../evil", "/../../e", "..", "a\0/../b", "C:\\evil", "CON", "\n", "é" * 9, "1/2"]


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """A catalog of a picture and a virtual copy; its RAW file is at shoot/photo.dng."""
    (tmp_path / "shoot").mkdir()
    path = tmp_path / "a.lrcat"
    write_catalog(
        path, f"{tmp_path}/shoot/", [Picture("photo.dng"), Picture("photo.dng", master=1)]
    )
    return path


def change(catalog: Path, question: str, *values: object) -> None:
    with sqlite3.connect(catalog) as db:
        db.execute(question, values)
    db.close()


@pytest.mark.parametrize("text", IDS)
def test_ids_of_copies(copies: Path, text: str) -> None:
    change(copies, "UPDATE Adobe_images SET id_global = ? WHERE masterImage = 1", text)
    picture, copy = read_catalog(copies)
    assert picture.copy == ""
    assert 0 < len(copy.copy) <= 8
    assert is_plain(f"photo-copy-{copy.copy}")


def test_a_copy_whose_id_leads_out_is_imported_inside(
    copies: Path, pairs: Path, tmp_path: Path
) -> None:
    change(copies, "UPDATE Adobe_images SET id_global = ? WHERE masterImage = 1", "/../../e")
    shutil.copy(pairs / "raw" / "one.dng", tmp_path / "shoot" / "photo.dng")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    manifest = tmp_path / "deep" / "out" / "manifest.jsonl"
    assert scripts.import_edits.main([str(copies), "--manifest", str(manifest)]) == 0
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(manifest.parent) for path in new)
    assert len(read_manifest(manifest)) == 2


def test_more_rows_than_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.lrcat"
    key = "INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL"
    with sqlite3.connect(path) as db:
        for table in ("AgLibraryFile", "Adobe_images"):
            assert f"CREATE TABLE {table} (id_local {key}" in SCHEMA
        db.executescript(SCHEMA.replace(key, "INTEGER, id_global"))
        db.execute("INSERT INTO AgLibraryRootFolder (id_local) VALUES (1)")
        db.execute("INSERT INTO AgLibraryFolder (id_local, rootFolder) VALUES (1, 1)")
        for _ in range(3000):
            db.execute("INSERT INTO AgLibraryFile (id_local, folder) VALUES (1, 1)")
            db.execute("INSERT INTO Adobe_images (id_local, rootFile) VALUES (1, 1)")
    db.close()
    start = time.process_time()
    with pytest.raises(InputError, match=r"rows hold more|more steps than any catalog's"):
        list(read_catalog(path))
    assert time.process_time() - start < 5.0


def test_settings_that_unpack_to_too_much(copies: Path) -> None:
    text = b"s = { " + b"{}," * 5_000_000 + b" }"
    packed = len(text).to_bytes(4, "big") + zlib.compress(text)
    change(copies, "UPDATE Adobe_imageDevelopSettings SET text = ?", packed)
    for picture in read_catalog(copies):
        with pytest.raises(InputError, match="settings are larger than 1 MiB"):
            picture.develop()


@pytest.mark.parametrize("text", ["{},", "1,", "a=1,", '"",'])
def test_tables_of_too_many_values(text: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match="more than 250,000 values"):
        parse_lua("s = { " + text * (2 * MOST_VALUES) + " }", "x")
    assert time.process_time() - start < 5.0


def test_texts_of_too_many_escapes() -> None:
    with pytest.raises(InputError, match="escaped letters"):
        parse_lua('s = { a = "' + "\\1" * (MOST_VALUES + 1) + '" }', "x")
