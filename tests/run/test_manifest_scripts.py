"""split_manifest.py and fix_manifest_paths.py."""

import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scripts.fix_manifest_paths as fix
import scripts.split_manifest as split
from dataset.manifest import Entry, read_manifest
from dataset.splits import Capture, burst_pairs, deal
from dataset.synthetic.write_dng import write_dng

FIELDS = ("raw", "tif", "preview", "data")


def line(id: str, expert: str = "c", **changes: Any) -> dict[str, Any]:
    fields = {"id": id, "split": "training", "expert": expert, "raw": f"raw/{id}.dng"}
    fields |= {"tif": f"tiff16_{expert}/{id}.tif", "preview": f"preview/{id}.png"}
    return {**fields, "data": f"data/{id}__{expert}.json", **changes}


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(fields) + "\n" for fields in lines))
    return path


def splits_of(entries: list[Entry]) -> dict[str, str]:
    """id -> split; an id in two splits fails."""
    found: dict[str, str] = {}
    for entry in entries:
        assert found.setdefault(entry.id, entry.split) == entry.split
    return found


@pytest.fixture
def captures(monkeypatch: pytest.MonkeyPatch) -> dict[str, Capture]:
    """id -> what its RAW file says, in place of RAW files."""
    said: dict[str, Capture] = {}
    monkeypatch.setattr("dataset.splits.read_capture", lambda e: said.get(e.id, Capture()))
    return said


RATIOS = {"training": 0.7, "validation": 0.2, "testing": 0.1}


def entries_of(ids: list[str], experts: str = "c") -> list[Entry]:
    return [Entry(line(i, e), Path("/m")) for i in ids for e in experts]


def test_ratios_hold_for_all_and_for_each_camera(captures: dict[str, Capture]) -> None:
    sizes = {"A": 500, "B": 100, "C": 33, "D": 10, "E": 1, "F": 1, "G": 2}
    for camera, size in sizes.items():
        captures |= {f"{camera}{i}": Capture(camera, camera, 100.0 * i) for i in range(size)}
    dealt = splits_of(deal(entries_of(list(captures), "ace"), RATIOS, 0, 2.0))
    counts = Counter(dealt.values())
    for name, ratio in RATIOS.items():
        assert abs(counts[name] - ratio * len(dealt)) <= 1.0
        for camera, size in sizes.items():
            own = sum(dealt[i] == name for i in dealt if i[0] == camera)
            assert abs(own - ratio * size) <= 2.0, (camera, name)


def test_the_seed_deals(captures: dict[str, Capture]) -> None:
    ids = [f"p{i}" for i in range(50)]
    first = splits_of(deal(entries_of(ids), RATIOS, 1, 2.0))
    assert splits_of(deal(entries_of(ids[::-1]), RATIOS, 1, 2.0)) == first
    assert splits_of(deal(entries_of(ids), RATIOS, 2, 2.0)) != first


def test_bursts_stay_together(captures: dict[str, Capture]) -> None:
    """Chains of pictures within two seconds, of one body; other bodies fire at the same time."""
    groups: dict[str, set[str]] = defaultdict(set)
    dice = np.random.default_rng(0)
    for body in "XY":
        clock = 0.0
        for burst in range(40):
            clock += 60.0
            for frame in range(dice.integers(1, 7)):
                captures[f"{body}{burst}.{frame}"] = Capture("camera", body, clock)
                groups[f"{body}{burst}"].add(f"{body}{burst}.{frame}")
                clock += dice.uniform(0.1, 1.9)
    dealt = splits_of(deal(entries_of(list(captures), "ac"), RATIOS, 0, 2.0))
    for members in groups.values():
        assert len({dealt[m] for m in members}) == 1
    whole = splits_of(deal(entries_of(list(captures)), RATIOS, 0, 0.0))
    assert any(len({whole[m] for m in members}) > 1 for members in groups.values())
    counts = Counter(dealt.values())
    for name, ratio in RATIOS.items():
        assert abs(counts[name] - ratio * len(dealt)) <= 7


def test_what_a_burst_is() -> None:
    times = {1: 0.0, 2: 1.5, 3: 3.5, 4: 5.6, 5: None}
    captures = {i: Capture("c", "c 1", t) for i, t in times.items()}
    assert list(burst_pairs(captures, 2.0)) == [(1, 2), (2, 3)]
    assert list(burst_pairs(captures, 0.0)) == []
    assert list(burst_pairs({1: Capture("", "", 0.0), 2: Capture("", "", 0.0)}, 2.0)) == []
    assert list(burst_pairs({1: Capture("c", "c 1", 0.0), 2: Capture("c", "c 2", 0.0)}, 2.0)) == []


def test_lines_of_one_picture_under_two_names(captures: dict[str, Capture]) -> None:
    """A virtual copy has another id and the same RAW file; a line may be there in two splits."""
    lines = [line(f"p{i}{copy}", raw=f"{i}.dng") for i in range(40) for copy in ("", "-copy")]
    lines += [line("p0", split="debugging", raw="0.dng")]
    dealt = deal([Entry(fields, Path("/m")) for fields in lines], RATIOS, 0, 2.0)
    assert len(dealt) == 80
    found = splits_of(dealt)
    assert all(found[f"p{i}"] == found[f"p{i}-copy"] for i in range(40))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On RAW files: two cameras, three bursts of two, experts a and c."""
    (tmp_path / "raw").mkdir()
    picture = np.full((64, 64, 3), 0.3, np.float32)
    for i in range(12):
        model = "One" if i < 6 else "Two"
        date = f"2024:05:06 07:{i // 2:02}:{10 + i % 2:02}"
        tags = [(36867, "s", 0, date, True), (36881, "s", 0, "+01:00", True)]
        write_dng(
            tmp_path / "raw" / f"p{i:02}.dng", picture, camera=("Simulated", model), tags=tags
        )
    lines = [line(f"p{i:02}", e, stars=i) for i in range(12) for e in "ac"]
    manifest = write(tmp_path / "m.jsonl", lines)
    words = ["--manifest", str(manifest), "--ratios", "0.5", "0.25", "0.25"]
    assert split.main([*words, "--seed", "3"]) == 0
    assert capsys.readouterr().out == ""
    entries = read_manifest(tmp_path / "m_split.jsonl")
    assert len(entries) == 24
    found = splits_of(entries)
    for i in range(0, 12, 2):
        assert found[f"p{i:02}"] == found[f"p{i + 1:02}"]
    assert Counter(found.values()) == {"training": 6, "validation": 2, "testing": 4} or Counter(
        found.values()
    ) == {"training": 6, "validation": 4, "testing": 2}
    assert {e.id: e.fields["stars"] for e in entries} == {f"p{i:02}": i for i in range(12)}
    first = (tmp_path / "m_split.jsonl").read_bytes()
    write(manifest, lines[::-1])
    assert split.main([*words, "--seed", "3"]) == 0
    assert (tmp_path / "m_split.jsonl").read_bytes() == first
    # One manifest for each expert, dealt alike; paths are right in another folder, too.
    output = tmp_path / "else" / "where.jsonl"
    assert split.main([*words, "--seed", "3", "--by-expert", "--output", str(output)]) == 0
    for expert in "ac":
        own = read_manifest(output.with_name(f"where_{expert}.jsonl"))
        assert {e.fields["expert"] for e in own} == {expert}
        assert splits_of(own) == found
        assert own[0].path("raw").is_file()
    assert split.main([*words, "--expert", "a"]) == 0
    assert len(read_manifest(tmp_path / "m_split.jsonl")) == 12


@pytest.mark.parametrize(
    "ratios",
    [
        ["0.8", "0.1"],
        ["0.8", "0.1", "0.2"],
        ["1.2", "-0.2"],
        ["nan"],
        ["0.4"] * 4,
        ["0.25"] * 4,
        [],
    ],
)
def test_ratios_that_are_none(ratios: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        split.main(["--ratios", *ratios])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_ratios_that_are(tmp_path: Path) -> None:
    manifest = write(tmp_path / "m.jsonl", [line(f"p{i}") for i in range(10)])
    for ratios, wanted in (
        (["1"], {"training": 10}),
        (["0", "0.5", "0.5"], {"validation": 5, "testing": 5}),
    ):
        assert split.main(["--manifest", str(manifest), "--ratios", *ratios]) == 0
        found = splits_of(read_manifest(tmp_path / "m_split.jsonl"))
        assert Counter(found.values()) == wanted


def test_split_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write(tmp_path / "m.jsonl", [line("p")])
    assert split.main(["--manifest", str(manifest), "--output", str(manifest)]) == 1
    assert "choose another --output" in capsys.readouterr().err
    assert split.main(["--manifest", str(manifest), "--expert", "z"]) == 1
    assert "no line of expert z" in capsys.readouterr().err


def populate(root: Path, fields: dict[str, Any]) -> None:
    for name in FIELDS:
        path = root / fields[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def table(err: str) -> dict[str, list[int]]:
    rows = [row.split() for row in err.splitlines()]
    return {row[0]: [int(n) for n in row[1:]] for row in rows if row and row[0] in FIELDS}


def test_moved_files_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names that occur in many folders are told apart by the folders' names."""
    old, new, kept = tmp_path / "old", tmp_path / "new" / "disk 2", tmp_path / "kept"
    lines = [
        line(
            f"{day}-1",
            raw=str(old / "data" / day / "IMG_1.dng"),
            tif=None,
            preview=str(kept / f"{day}.png"),
            data=str(kept / f"{day}.json"),
            stars=day,
        )
        for day in ("mon", "tue", "wed")
    ]
    kept.mkdir()
    for fields in lines:
        for path in (Path(fields["preview"]), Path(fields["data"])):
            path.touch()
        moved = new / "photos" / Path(fields["raw"]).relative_to(old)
        moved.parent.mkdir(parents=True)
        moved.touch()
    manifest = write(tmp_path / "m.jsonl", lines)
    before = manifest.read_bytes()
    words = ["--manifest", str(manifest), "--search", str(tmp_path / "new")]
    assert fix.main([*words, "--dry-run"]) == 0
    err = capsys.readouterr().err
    assert manifest.read_bytes() == before
    assert table(err) == {
        "raw": [0, 3, 0, 0],
        "tif": [0] * 4,
        "preview": [3, 0, 0, 0],
        "data": [3, 0, 0, 0],
    }
    assert f"3 files: {old} -> {new / 'photos'}" in err
    assert fix.main(words) == 0
    entries = read_manifest(manifest)
    for entry in entries:
        day = entry.fields["stars"]
        assert entry.path("raw") == (new / "photos" / "data" / day / "IMG_1.dng").resolve()
    capsys.readouterr()
    assert fix.main(words) == 0
    assert table(capsys.readouterr().err)["raw"] == [3, 0, 0, 0]
    assert read_manifest(manifest) == entries


def test_what_is_not_found_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write(tmp_path / "m.jsonl", [line("one"), line("two")])
    for place in ("x/raw", "y/raw"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "one.dng").touch()
    for name in ("tif", "preview", "data"):
        path = tmp_path / "x" / line("one")[name]
        path.parent.mkdir(exist_ok=True)
        path.touch()
    words = ["--manifest", str(manifest), "--search", str(tmp_path / "x"), str(tmp_path / "y")]
    out = tmp_path / "mended.jsonl"
    assert fix.main([*words, "--output", str(out)]) == 1
    err = capsys.readouterr().err
    # x holds the picture's other files, so its RAW is meant there.
    assert table(err)["raw"] == [0, 1, 0, 1]
    assert "ERROR: two: raw raw/two.dng: missing" in err
    [one, two] = read_manifest(out)
    assert one.path("raw") == (tmp_path / "x" / "raw" / "one.dng").resolve()
    assert two.fields == line("two")
    shutil.rmtree(tmp_path / "x")
    (tmp_path / "z" / "raw").mkdir(parents=True)
    (tmp_path / "z" / "raw" / "one.dng").touch()
    words = ["--manifest", str(manifest), "--search", str(tmp_path / "y"), str(tmp_path / "z")]
    assert fix.main([*words, "--dry-run"]) == 1
    assert "one: raw raw/one.dng: ambiguous" in capsys.readouterr().err
    assert fix.main(["--manifest", str(manifest), "--search", str(tmp_path / "none")]) == 1
    assert "none: no such folder" in capsys.readouterr().err


def test_paths_from_another_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = line("one", raw="D:\\photos\\2024\\one.dng", tif=None, preview="x\0y", data="n" * 5000)
    manifest = write(tmp_path / "m.jsonl", [fields])
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "one.dng").touch()
    assert fix.main(["--manifest", str(manifest), "--search", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert "Traceback" not in err
    [entry] = read_manifest(manifest)
    assert entry.path("raw") == (tmp_path / "2024" / "one.dng").resolve()


def test_a_whole_data_set_in_seconds(tmp_path: Path) -> None:
    import time

    from dataset.relocation import relocate

    root = tmp_path / "new"
    lines = [line(f"p{i:05}") for i in range(3000)]
    for fields in lines:
        for name in FIELDS:
            (root / fields[name]).parent.mkdir(parents=True, exist_ok=True)
            (root / fields[name]).touch()
    entries = [Entry(fields, tmp_path / "old") for fields in lines]
    began = time.process_time()
    result = relocate(entries, [root])
    assert time.process_time() - began < 3.0
    assert result.lost == []
    assert sum(result.moves.values()) == 12_000
