import os
import sqlite3
import time
import tracemalloc
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from lightroom import EDIT, Picture, add_pictures, lua, packet, write_catalog

from dataset.lightroom.catalog import read_catalog
from params.files import InputError
from params.unsupported import Look
from params.xmp_packet import SIZE_LIMIT
from params.xmp_settings import settings_of


def packed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + zlib.compress(data)


def folder_state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_picture_with_all_that_hangs_on_it(tmp_path):
    path = tmp_path / "ä catalog.lrcat"
    look = {
        "Amount": 0.5,
        "Name": "Modern 04",
        "UUID": "ab" * 16,
        "Parameters": {"Exposure2012": 3},
    }
    write_catalog(
        path,
        "/photos/",
        [
            Picture(
                "a.b.NEF",
                "2024/may/",
                {**EDIT, "Look": look},
                rating=4.0,
                pick=1.0,
                taken="2024-05-01T10:11:12.34",
                collection="Best",
                masks=1,
            ),
            Picture("b.dng", camera=None, taken=None, settings=None, pick=-1.0, rating=None),
        ],
        relative="../photos/",
    )
    first, second = read_catalog(path)
    assert (first.root, first.relative_root) == ("/photos/", "../photos/")
    assert (first.folder, first.name, first.copy) == ("2024/may/", "a.b.NEF", "")
    assert (first.rating, first.pick, first.camera) == (4, 1, "Simulated Camera")
    assert first.taken == datetime(2024, 5, 1, 10, 11, 12)
    fields, found = first.develop()
    assert found == Look("Modern 04", 0.5, "AB" * 16)
    assert settings_of(fields, "x").sliders == {
        "Exposure2012": 0.5,
        "Contrast2012": 25.0,
        "Highlights2012": -40.0,
        "Vibrance": 12.0,
    }
    assert fields["MaskGroupBasedCorrections"] == []
    assert (second.folder, second.rating, second.pick, second.camera) == ("", 0, -1, None)
    assert second.taken is None
    assert second.develop() == ({}, None)


def test_virtual_copies_have_settings_and_a_name_of_their_own(tmp_path):
    path = tmp_path / "a.lrcat"
    copies = [Picture("a.nef"), Picture("a.nef", settings={"Exposure2012": -1}, master=1)]
    write_catalog(path, "/p/", copies)
    original, copy = read_catalog(path)
    assert (original.copy, copy.copy) == ("", "00000002")
    assert copy.develop()[0]["Exposure2012"] == "-1"


def test_the_current_settings_are_taken_of_several(tmp_path):
    path = tmp_path / "a.lrcat"
    write_catalog(path, "/p/", [Picture("a.nef"), Picture("b.nef")])
    with sqlite3.connect(path) as db:
        row = "INSERT INTO Adobe_imageDevelopSettings (id_local, image, text) VALUES (?, ?, ?)"
        db.execute(row, (900, 1, "s = { Exposure2012 = 3 }"))
        db.execute(row, (901, 2, "s = { Exposure2012 = 4 }"))
        db.execute("UPDATE Adobe_images SET developSettingsIDCache = NULL WHERE id_local = 2")
    db.close()
    assert [p.develop()[0]["Exposure2012"] for p in read_catalog(path)] == ["0.5", "4"]


@pytest.mark.parametrize("form", [lambda p: p.decode(), lambda p: p, packed])
def test_xmp_where_there_is_no_develop_text(tmp_path, form):
    path = tmp_path / "a.lrcat"
    xmp = packet({"Exposure2012": "+1.50"}, '<crs:Look crs:Name="Adobe Color"/>')
    write_catalog(path, "/p/", [Picture("a.nef", settings=None, packet=form(xmp))])
    (picture,) = read_catalog(path)
    assert picture.develop() == ({"Exposure2012": "+1.50", "Look": []}, Look("Adobe Color"))


def test_packed_develop_text(tmp_path):
    path = tmp_path / "a.lrcat"
    write_catalog(path, "/p/", [Picture("a.nef")])
    with sqlite3.connect(path) as db:
        text = packed(b"s = { Exposure2012 = 2 }")
        db.execute("UPDATE Adobe_imageDevelopSettings SET text = ?", (text,))
    db.close()
    assert next(read_catalog(path)).develop()[0] == {"Exposure2012": "2"}


def test_collections(tmp_path):
    path = tmp_path / "a.lrcat"
    pictures = [Picture("a.nef", collection="Best of"), Picture("b.nef"), Picture("c.nef")]
    write_catalog(path, "/p/", pictures)
    assert [p.name for p in read_catalog(path, "best OF")] == ["a.nef"]
    with pytest.raises(InputError, match="no collection 'worst'; it has: Best of"):
        list(read_catalog(path, "worst"))


def test_an_old_catalog_without_newer_columns(tmp_path):
    path = tmp_path / "a.lrcat"
    write_catalog(path, "/p/", [Picture("a.nef")])
    with sqlite3.connect(path) as db:
        for table, column in (
            ("Adobe_imageDevelopSettings", "hasMasks"),
            ("Adobe_images", "pick"),
            ("AgLibraryRootFolder", "relativePathFromCatalog"),
        ):
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("DROP TABLE AgInternedExifCameraModel")
        db.execute("DROP TABLE Adobe_AdditionalMetadata")
    db.close()
    (picture,) = read_catalog(path)
    assert (picture.pick, picture.camera, picture.relative_root) == (0, None, "")
    assert picture.develop()[0]["Exposure2012"] == "0.5"


class TestInUse:
    def test_what_only_the_write_ahead_log_holds_is_read(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef")])
        db = sqlite3.connect(path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        add_pictures(db, "/q/", [Picture("b.nef")], first=500)
        db.commit()
        before = folder_state(tmp_path)
        assert before["a.lrcat-wal"]
        assert [p.name for p in read_catalog(path)] == ["a.nef", "b.nef"]
        assert folder_state(tmp_path) == before
        db.close()

    def test_a_locked_catalog_is_read_as_last_committed(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef")])
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA cache_size = 1")  # so that changes reach the file before the commit
        db.execute("BEGIN EXCLUSIVE")
        add_pictures(db, "/q/", [Picture(f"{n}.nef") for n in range(300)], first=5000)
        before = folder_state(tmp_path)
        assert before["a.lrcat-journal"]
        assert [p.name for p in read_catalog(path)] == ["a.nef"]
        assert folder_state(tmp_path) == before
        db.execute("ROLLBACK")
        db.close()

    def test_nothing_is_written_beside_it(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef")])
        path.chmod(0o444)
        before, date = folder_state(tmp_path), path.stat().st_mtime_ns
        assert len(list(read_catalog(path))) == 1
        assert (folder_state(tmp_path), path.stat().st_mtime_ns) == (before, date)


class TestHostile:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "it has no table"),
            (b"just some text, " * 100, "not a database"),
            (b"SQLite format 3\0" + os.urandom(0), "not a|it has no|malformed"),
        ],
    )
    def test_not_a_catalog(self, tmp_path, data, reason):
        path = tmp_path / "ü.lrcat"
        path.write_bytes(data)
        with pytest.raises(InputError, match=f"ü.lrcat: not a Lightroom.*({reason})"):
            list(read_catalog(path))

    def test_missing_or_a_folder(self, tmp_path):
        with pytest.raises(InputError, match=r"none\.lrcat: cannot be copied to be read: No such"):
            list(read_catalog(tmp_path / "none.lrcat"))
        with pytest.raises(InputError, match="cannot be copied"):
            list(read_catalog(tmp_path))

    def test_truncated_and_overwritten(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture(f"{n}.nef") for n in range(200)])
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError, match="damaged"):
            list(read_catalog(path))
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        with pytest.raises(InputError, match="damaged"):
            list(read_catalog(path))

    def test_a_table_that_is_really_a_query_without_end(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef")])
        with sqlite3.connect(path) as db:
            db.execute("DROP TABLE AgLibraryFile")
            db.execute(
                "CREATE VIEW AgLibraryFile AS WITH RECURSIVE n(id_local) AS (SELECT 1 UNION ALL"
                " SELECT id_local FROM n) SELECT id_local, 'a' AS baseName, 'nef' AS extension,"
                " 1 AS folder FROM n"
            )
        db.close()
        with pytest.raises(InputError, match="it has no table AgLibraryFile"):
            list(read_catalog(path))

    def test_computed_columns_are_not_asked_for(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef")])
        with sqlite3.connect(path) as db:
            db.execute("ALTER TABLE Adobe_images DROP COLUMN rating")
            db.execute("ALTER TABLE Adobe_images ADD COLUMN rating AS (zeroblob(900000000))")
        db.close()
        assert next(read_catalog(path)).rating == 0

    def test_no_index_does_not_cost_the_square(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture(f"{n}.nef") for n in range(3000)])
        with sqlite3.connect(path) as db:
            db.execute("DROP INDEX index_Adobe_imageDevelopSettings_image")
            db.execute("DROP INDEX index_AgHarvestedExifMetadata_image")
        db.close()
        started = time.process_time()
        assert len(list(read_catalog(path))) == 3000
        assert time.process_time() - started < 3.0

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (packed(bytes(SIZE_LIMIT + 1)), "larger than . MiB"),
            (b"\0\0\0\1" + zlib.compress(bytes(10**9 // 20))[:-3], "larger than . MiB"),
            (b"\0\0\0\1\x78\x9c\xff\xff\xff\xff", "damaged"),
            (b"\xff\xfe\xfa", "not develop settings"),
            (b"s = " + b"{" * 10**6, "nested"),
        ],
    )
    def test_settings(self, tmp_path, text, reason):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef"), Picture("b.nef")])
        with sqlite3.connect(path) as db:
            db.execute("UPDATE Adobe_imageDevelopSettings SET text = ? WHERE image = 1", (text,))
        db.close()
        bad, good = read_catalog(path)
        with pytest.raises(InputError, match=f"a.nef in the catalog.*{reason}"):
            bad.develop()
        assert good.develop()[0]["Exposure2012"] == "0.5"

    def test_values_of_other_types(self, tmp_path):
        path = tmp_path / "a.lrcat"
        write_catalog(path, "/p/", [Picture("a.nef")])
        with sqlite3.connect(path) as db:
            db.execute(
                "UPDATE Adobe_images SET rating = 'many', pick = 1e300, captureTime = 7,"
                " masterImage = 'x', id_global = x'ff'"
            )
            db.execute("UPDATE AgLibraryFile SET baseName = x'80ff', extension = 3")
            db.execute("UPDATE Adobe_imageDevelopSettings SET text = 3.5")
        db.close()
        (picture,) = read_catalog(path)
        assert (picture.rating, picture.pick, picture.taken) == (0, 0, None)
        assert picture.name == "\ufffd\ufffd."
        assert picture.develop() == ({}, None)


LONG_EDIT = f"s = {lua({**EDIT, **{f'SettingNumber{n}': n * 0.37 for n in range(200)}})}"


def test_memory_does_not_grow_with_the_catalog(tmp_path):
    peaks = []
    for count in (200, 1500):
        path = tmp_path / f"{count}.lrcat"
        write_catalog(path, "/p/", (Picture(f"{n}.nef", settings=LONG_EDIT) for n in range(count)))
        tracemalloc.start()
        assert sum(len(p.text) > 5000 for p in read_catalog(path)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 2**18


@pytest.mark.slow
def test_fifty_thousand_pictures_in_a_minute(tmp_path):
    path = tmp_path / "large.lrcat"
    # A third of a usual text, for the tests' sake: whole ones took 15 s of CPU time by hand.
    text = f"s = {lua({**EDIT, **{f'SettingNumber{n}': n * 0.37 for n in range(60)}})}"
    write_catalog(path, "/p/", (Picture(f"{n}.nef", settings=text) for n in range(50_000)))
    started = time.process_time()
    assert sum(p.develop()[0]["Exposure2012"] == "0.5" for p in read_catalog(path)) == 50_000
    assert time.process_time() - started < 20.0
