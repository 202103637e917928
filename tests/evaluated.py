"""A small manifest to evaluate on: RAW files, TIFFs and edits that are known."""

from pathlib import Path

from simulated import scene

from dataset.manifest import Entry, make_entry, write_manifest
from dataset.synthetic.write_dng import write_dng
from imaging.preview import save_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from model.render import render
from params.ranges import neutral_params
from params.record import Record, write_record

# A name that must do no harm, in pages and tables.
HOSTILE = "a|b <img src=x onerror=\"document.title='hacked'\">"
SPLITS = {"training": 8, "validation": 22, "testing": 4}


def edit_of(number: int, expert: str) -> dict[str, object]:
    more = 0.6 if expert == "c" else 1.2
    return neutral_params() | {
        "Exposure2012": more * (0.4 + 0.1 * (number % 5)),
        "Contrast2012": 10.0 * (number % 3),
        "Temperature": 6500.0 + 200.0 * (number % 4),
    }


def whole_edit_of(number: int, expert: str) -> dict[str, object]:
    """As edit_of, of process 2, with panels: what varies, what few pictures have, a constant."""
    return edit_of(number, expert) | {
        "SaturationAdjustmentOrange": 10.0 * (number % 4) - 15.0,
        "SplitToningShadowHue": 350.0 if number % 2 else 10.0,
        "SplitToningShadowSaturation": 30.0,
        "HueAdjustmentRed": 20.0 if number % 3 == 0 else 0.0,
        "GrainAmount": 25.0,
    }


def write_set(folder: Path, splits: dict[str, int] | None = None, *, whole: bool = False) -> Path:
    """Write pictures of 96x64 and their manifest; returns its path.

    Only testing pictures have TIFFs, and edits by c and d; the others are by c alone.

    whole: the edits are those of whole_edit_of, and there are no TIFFs.
    """
    entries: list[Entry] = []
    number = 0
    for split, count in (splits or SPLITS).items():
        for i in range(count):
            name = f"{split}-{i}"
            raw = folder / "raw" / f"{name}.dng"
            raw.parent.mkdir(parents=True, exist_ok=True)
            write_dng(raw, scene(number, 64, 96) * 0.7)
            pixels = read_raw_linear_prophoto(raw)
            save_preview(folder / "preview" / f"{name}.png", pixels)
            for expert in ("c", "d") if split == "testing" else ("c",):
                params = (whole_edit_of if whole else edit_of)(number, expert)
                process = 2 if whole else 1
                data = folder / "data" / f"{name}__{expert}.json"
                write_record(data, Record(params, process=process, fit={"seconds": 0.25}))
                has_tif = split == "testing" and not whole
                tif = folder / "tif" / f"{name}__{expert}.tif" if has_tif else None
                if tif:
                    write_tiff(tif, render(pixels, params))
                entry = make_entry(
                    id=name,
                    split=split,
                    expert=expert,
                    raw=raw,
                    tif=tif,
                    preview=folder / "preview" / f"{name}.png",
                    data=data,
                )
                entry.fields.update(camera=("One", HOSTILE)[i % 2], source=f"source {i // 2}")
                entries.append(entry)
            number += 1
    write_manifest(folder / "manifest.jsonl", entries)
    return folder / "manifest.jsonl"
