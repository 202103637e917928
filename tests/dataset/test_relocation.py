"""Moved files found by names that look the same."""

import unicodedata
from pathlib import Path

import pytest

from dataset.manifest import Entry
from dataset.relocation import relocate

C, D = (unicodedata.normalize(form, "Müller_01") for form in ("NFC", "NFD"))


def found(folder: Path, raw: str) -> str:
    fields = {"id": "a", "split": "s", "expert": "e", "raw": raw, "preview": "", "data": ""}
    (entry,) = relocate([Entry(fields, folder)], [folder]).entries
    return entry.fields["raw"]


@pytest.mark.parametrize(
    ("there", "old", "expected"),
    [
        ([f"{D}.nef"], f"/old/{C}.nef", f"{D}.nef"),
        ([f"{C}.nef"], f"/old/{D}.nef", f"{C}.nef"),
        (["img_1.nef"], "D:\\Photos\\IMG_1.NEF", "img_1.nef"),
        ([f"{D}.nef", f"{C}.nef"], f"/old/{C}.nef", f"{C}.nef"),
        (["1/IMG.nef", "2/img.nef"], "/old/IMG.nef", "1/IMG.nef"),
        ([f"{D}/x.nef", "b/x.nef"], f"/old/{C}/x.nef", f"{D}/x.nef"),
        (["Trip/x.nef", "b/x.nef"], "/old/trip/x.nef", "Trip/x.nef"),
        (["Trip/x.nef", "trip/x.nef"], "/old/trip/x.nef", "trip/x.nef"),
        (["Trip/X.nef", "TRIP/X.nef"], "/old/trip/x.nef", None),  # ambiguous
        (["y.nef"], "/old/x.nef", None),
    ],
)
def test_letters_and_case(tmp_path, there, old, expected):
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert found(tmp_path, old) == (str(tmp_path / expected) if expected else old)
