from pathlib import Path

import numpy as np

from dataset.edit_groups import edit_groups
from dataset.manifest import Entry
from dataset.synthetic.write_dng import write_dng

SCENE = np.full((8, 12, 3), 0.2, np.float32)
TAKEN = 36867


def entry(folder: Path, name: str, time: str | None = None, **more: str) -> Entry:
    raw = folder / f"{name}.dng"
    if time is not None:
        stamp = f"2024:05:01 {time}"
        write_dng(raw, SCENE, tags=[(TAKEN, "s", len(stamp) + 1, stamp, True)])
    fields = {"id": name, "split": "training", "expert": "c", "raw": str(raw)}
    return Entry(fields | {"preview": "p", "data": "d"} | more, folder)


def test_frames_of_a_burst_are_one(tmp_path) -> None:
    times = {"a": "10:00:00", "b": "10:00:01", "c": "10:00:03", "d": "10:00:30"}
    entries = [entry(tmp_path, name, time) for name, time in times.items()]
    assert edit_groups(entries).tolist() == [0, 0, 0, 1]
    assert edit_groups(entries, burst_seconds=0.0).tolist() == [0, 1, 2, 3]


def test_one_picture_and_one_source_are_one(tmp_path, caplog) -> None:
    entries = [
        entry(tmp_path, "a", "10:00:00", source="x"),
        entry(tmp_path, "b", "11:00:00", source="y"),
        entry(tmp_path, "c", "12:00:00", source="x"),
        Entry(entry(tmp_path, "b").fields | {"expert": "d"}, tmp_path),
        entry(tmp_path, "missing"),
    ]
    assert edit_groups(entries).tolist() == [0, 1, 0, 1, 2]
    assert "missing.dng" in caplog.text
