"""Evaluation's pictures: sizes, grids, what is kept, and renders that share a look."""

import numpy as np
import pytest
from evaluated import write_set
from simulated import EDIT, scene

from dataset.manifest import Entry, read_manifest
from dataset.pairs import load_pair
from imaging.camera import Shot
from imaging.metrics import delta_e00
from imaging.preview import read_proxy
from imaging.tiff import read_tif16, write_tiff
from model import edit_layer
from model.edit_layer import DifferentiableEditLayer
from model.render import render, render_edits
from params.ranges import neutral_params
from params.record import Record, read_record
from stages.evaluate.pictures import FULL, load_pictures


@pytest.fixture(scope="module")
def entries(tmp_path_factory) -> dict[str, Entry]:
    manifest = write_set(tmp_path_factory.mktemp("set"), {"validation": 1, "testing": 1})
    return {f"{e.split} {e.fields['expert']}": e for e in read_manifest(manifest)}


def test_sizes_are_by_the_short_side_and_never_enlarged(entries, tmp_path) -> None:
    for name in ("testing c", "validation c"):
        record = read_record(entries[name].path("data"))
        for side, shape in ((32, (32, 48, 3)), (1000, (64, 96, 3)), (FULL, (64, 96, 3))):
            pictures = load_pictures(entries[name], record, side)
            assert pictures.raw.shape == pictures.target.shape == shape
    kept = load_pictures(entries["testing c"], record, 32, cache=tmp_path)
    [file] = tmp_path.iterdir()
    stamp = file.stat().st_mtime_ns
    again = load_pictures(entries["testing c"], record, 32, cache=tmp_path)
    assert file.stat().st_mtime_ns == stamp
    assert np.array_equal(kept.raw, again.raw)
    pair = load_pair(entries["testing c"].path("raw"), entries["testing c"].path("tif"), 48)
    assert np.abs(kept.raw - pair.raw).max() < 1e-3
    assert np.abs(kept.target - pair.target).max() < 1e-3


def test_without_a_tiff_the_target_is_the_stored_edit(entries) -> None:
    entry = entries["validation c"]
    record = read_record(entry.path("data"))
    pictures = load_pictures(entry, record, 64)
    proxy = read_proxy(entry.path("raw"))
    assert np.array_equal(pictures.raw, proxy)
    assert np.array_equal(pictures.target, render(proxy, record.params))


def test_another_experts_picture_lies_on_the_same_scene(entries, tmp_path) -> None:
    mine, theirs = entries["testing c"], entries["testing d"]
    record = read_record(mine.path("data"))
    pictures = load_pictures(mine, record, 64, others={"d": theirs})
    other, target = pictures.others["d"]
    assert target is pictures.target
    assert np.abs(other - read_tif16(theirs.path("tif"))).max() < 1e-6
    # Cropped by 4 pixels a side, as RawTherapee does: brought onto one grid.
    cut = tmp_path / "cut.tif"
    write_tiff(cut, read_tif16(mine.path("tif"))[4:-4, 4:-4])
    fields = {**theirs.fields, "tif": str(cut)}
    moved, target = load_pictures(mine, record, 64, others={"x": Entry(fields, tmp_path)}).others[
        "x"
    ]
    assert moved.shape == target.shape == (56, 88, 3)
    assert delta_e00(moved, target).mean() < 1.5
    assert delta_e00(moved, pictures.target[:56, :88]).mean() > 4.0


@pytest.mark.parametrize("process", [1, 2])
def test_renders_that_share_a_scene_are_those_that_dont(process, monkeypatch) -> None:
    pixels, shot = scene(3), Shot(None, None)
    other = neutral_params() | {"Highlights2012": -60.0, "Whites2012": 30.0}
    edits = (EDIT, other, EDIT)
    wanted = [edit_layer.render(pixels, params, process=process, shot=shot) for params in edits]
    found = []
    find = DifferentiableEditLayer.find_whole

    def find_whole(*args):
        found.append(find(*args))
        return found[-1]

    monkeypatch.setattr(DifferentiableEditLayer, "find_whole", find_whole)
    shared = list(edit_layer.render_edits(pixels, edits, process=process, shot=shot))
    assert len(found) == process - 1  # nothing for process 1, once for process 2
    assert np.array_equal(shared, wanted)


def test_centred_masks_are_found_for_each_edit() -> None:
    pixels, other = scene(3), neutral_params() | {"Exposure2012": 1.0, "Shadows2012": 60.0}
    shared = list(render_edits(pixels, (EDIT, other), masks="centred"))
    assert np.array_equal(shared, [render(pixels, p, masks="centred") for p in (EDIT, other)])


def test_rendered_is_each_edit_by_name(entries) -> None:
    record = Record(params=neutral_params(), process=2)
    pictures = load_pictures(entries["validation c"], record, 64)
    edits = {"one": EDIT, "none": neutral_params()}
    for name, found in pictures.rendered(record, edits):
        wanted = render(pictures.raw, edits[name], process=2, shot=pictures.shot)
        assert np.array_equal(found, wanted)
