"""The synthetic set: known edits, split by source, the same files from the same recipe."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import scripts.make_synthetic_set
from dataset.manifest import read_manifest
from dataset.synthetic.make_set import Recipe, make_set, pictures_of
from dataset.synthetic.scenes import CATEGORIES, PHOTOS, picture_of, relit, sources
from dataset.synthetic.styles import STYLES, edit, traits_of
from dataset.synthetic.whole_style import NAME as WHOLE
from dataset.synthetic.whole_style import whole_edit
from imaging.camera import read_shot
from imaging.preview import read_proxy
from imaging.tiff import read_tif16
from model.render import render_record
from params.files import InputError
from params.ranges import SLIDER_NAMES, SLIDERS
from params.record import read_record
from params.relative_white import RelativeWhite

SMALL = Recipe(pictures=12, styles=("airy", "moody"))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic")
    make_set(SMALL, folder)
    return folder


def test_manifest_and_splits(made) -> None:
    entries = read_manifest(made / "dataset_manifest.jsonl")
    assert len(entries) == 24
    assert {entry.fields["expert"] for entry in entries} == {"airy", "moody"}
    assert {entry.split for entry in entries} == {"training", "validation", "testing"}
    for entry in entries:
        assert all(entry.path(name).is_file() for name in ("raw", "preview", "data"))
        assert not entry.has_tif
        assert entry.fields["source"] in entry.id
        assert entry.fields["category"]
    assert {"drawn", "animals"} <= {entry.fields["category"] for entry in entries}


def test_a_source_is_in_one_split() -> None:
    pictures = pictures_of(Recipe(pictures=240))
    assert len({picture.id for picture in pictures}) == 240
    split = {picture.source.name: picture.source.split for picture in pictures}
    assert len(split) == len(sources()) == 18 + 12
    assert all(split[picture.source.name] == picture.source.split for picture in pictures)
    counts = {name: sum(p.source.split == name for p in pictures) for name in split.values()}
    assert counts == {"training": 160, "validation": 40, "testing": 40}


def test_pictures_of_some_splits_are_those_of_the_whole_set() -> None:
    every = pictures_of(Recipe(pictures=60))
    testing = pictures_of(Recipe(pictures=60, splits=("testing",)))
    assert testing == [picture for picture in every if picture.source.split == "testing"]
    assert len(testing) == 10


def test_a_style_with_panels(tmp_path) -> None:
    """What it does can be computed again; the others' edits are as without it."""
    both = make_set(Recipe(pictures=1, styles=("golden", WHOLE)), tmp_path / "both")
    [alone] = make_set(Recipe(pictures=1, styles=("golden",)), tmp_path / "alone")
    golden, whole = (read_record(entry.path("data")) for entry in both)
    assert golden.params == read_record(alone.path("data")).params
    hand = np.random.default_rng([0, 0, len(STYLES)])
    wanted = whole_edit(read_proxy(both[1].path("raw"), process=2), hand)
    assert whole.params.keys() == wanted.keys()
    assert whole.params["Texture"] == wanted["Texture"] == 14.0
    assert whole.params["Clarity2012"] == wanted["Clarity2012"]


def test_records_hold_what_the_style_made_of_the_raw(made) -> None:
    """The edit can be computed again from the RAW file as the model will see it."""
    for entry in read_manifest(made / "dataset_manifest.jsonl")[:6]:
        record = read_record(entry.path("data"))
        assert record.process == 2
        style = entry.fields["expert"]
        number = int(entry.id[:4])
        hand = np.random.default_rng([0, number, list(STYLES).index(style)])
        raw = entry.path("raw")
        wanted = edit(STYLES[style], traits_of(read_proxy(raw, process=2)), hand)
        assert [record.params[n] for n in SLIDER_NAMES] == [wanted[n] for n in SLIDER_NAMES]
        assert record.params["ToneCurve"] == pytest.approx(wanted["ToneCurve"])
        assert record.as_shot == pytest.approx(read_shot(raw).as_shot())


def test_the_same_recipe_gives_the_same_files(made, tmp_path) -> None:
    few = replace(SMALL, pictures=2)
    make_set(few, tmp_path / "again")
    make_set(replace(few, seed=1), tmp_path / "other")
    for path in sorted((tmp_path / "again").glob("raw/*")):
        assert path.read_bytes() == (made / "raw" / path.name).read_bytes()
        assert path.read_bytes() != (tmp_path / "other" / "raw" / path.name).read_bytes()
    for path in sorted((tmp_path / "again").glob("data/*")):
        mine, theirs = (json.loads(p.read_text()) for p in (path, made / "data" / path.name))
        assert mine["params_denorm"] == theirs["params_denorm"]
        other = json.loads((tmp_path / "other" / "data" / path.name).read_text())
        assert other["params_denorm"] != mine["params_denorm"]


def test_a_second_run_makes_what_is_missing(tmp_path) -> None:
    few = replace(SMALL, pictures=3)
    make_set(few, tmp_path)
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    gone = tmp_path / "data" / "0001-drawn-chart-0__moody.json"
    gone.unlink()
    make_set(few, tmp_path)
    changed = {p for p, when in first.items() if p.stat().st_mtime_ns != when}
    assert gone.is_file()
    names = {path.name for path in changed}
    assert all(n.startswith("0001-") or n == "dataset_manifest.jsonl" for n in names)
    # Another seed's pictures are not taken for this one's.
    make_set(replace(few, seed=1), tmp_path)
    assert read_record(gone).extra["synthetic"]["seed"] == 1


def test_tiffs_are_what_the_edit_layer_makes(tmp_path) -> None:
    [entry] = make_set(Recipe(pictures=1, styles=("golden",), tiffs=True), tmp_path)
    raw, record = entry.path("raw"), read_record(entry.path("data"))
    rendered = render_record(read_proxy(raw, process=2), record, shot=read_shot(raw))
    assert np.abs(read_tif16(entry.path("tif")) - rendered).max() < 1e-4
    assert rendered.shape[1] <= 480


def test_styles_follow_the_scene() -> None:
    scene = relit("aitzgorri-by-aitzol-berasategi", np.random.default_rng(3))
    scene = scene.astype(np.float64) * 0.5
    for style in STYLES.values():
        one, darker = (
            edit(style, traits_of(scene * gain), np.random.default_rng(0)) for gain in (1.0, 0.5)
        )
        # A stop darker: `pull` of a stop more exposure; otherwise the same picture.
        more = darker["Exposure2012"] - one["Exposure2012"]
        assert more == pytest.approx(style.pull, abs=0.02)
        assert darker["Temperature"] == pytest.approx(one["Temperature"], rel=0.01)
    exposures = [
        edit(style, traits_of(scene), np.random.default_rng(0))["Exposure2012"]
        for style in STYLES.values()
    ]
    assert np.ptp(exposures) > 0.5


@pytest.mark.parametrize(("mired", "tint"), [(40.0, 0.0), (-40.0, 0.0), (0.0, 15.0)])
def test_a_cast_is_seen_in_mired_and_tint(mired, tint) -> None:
    from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
    from params.camera_color import CameraColor

    camera = CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=21)
    matrix = RelativeWhite(camera, NEUTRAL).matrix(1e6 / (1e6 / 6500.0 - mired), tint)
    traits = traits_of(np.full((8, 8, 3), 0.2) @ matrix.T)
    assert traits.warmth == pytest.approx(mired, abs=3.0)
    assert traits.tint == pytest.approx(tint, abs=2.0)


def test_edits_vary_and_stay_off_the_ends() -> None:
    """Over all sources: each slider moves with the picture, and legal ranges don't bind."""
    for style in STYLES.values():
        edits = []
        for i, source in enumerate(sources()[::2]):
            random = np.random.default_rng(i)
            edits.append(edit(style, traits_of(relit(source.name, random)), random))
        for slider in SLIDERS:
            values = np.array([one[slider.name] for one in edits])
            assert values.min() > slider.low, slider.name
            assert values.max() < slider.high, slider.name
        assert np.std([one["Exposure2012"] for one in edits]) > 0.4
        assert np.std([1e6 / one["Temperature"] for one in edits]) > 8.0
        curves = np.array([one["ToneCurve"] for one in edits])
        assert (np.diff(curves, axis=1) > 0).all()


def test_photographs_are_small_and_all_there() -> None:
    files = sorted(PHOTOS.glob("*.jpg"))
    assert [path.stem for path in files] == sorted(CATEGORIES)
    assert sum(path.stat().st_size for path in files) < 2e6
    rows = (PHOTOS.parent / "README.md").read_text(encoding="utf-8").splitlines()
    for path in files:
        [row] = [row for row in rows if row.startswith(f"| `photos/{path.name}` |")]
        assert row.endswith(("| [CC0-1.0][cc0] |", "| [CC-BY-4.0][by] |"))
    scene = picture_of("canyon-wren")
    assert scene.shape == (450, 800, 3)
    assert 0.0 <= scene.min() < scene.max() <= 1.0
    with pytest.raises(InputError, match=r"nowhere\.jpg"):
        picture_of("nowhere")


def test_the_command(tmp_path, capsys) -> None:
    words = ["--output", str(tmp_path), "--pictures", "2", "--styles", "moody", "--process", "1"]
    assert scripts.make_synthetic_set.main(words) == 0
    assert "2 lines" in capsys.readouterr().err
    assert scripts.make_synthetic_set.main(words) == 0
    assert "2 of 2 pictures are there already" in capsys.readouterr().err
    [record, _] = [read_record(path) for path in sorted(tmp_path.glob("data/*.json"))]
    assert record.process == 1
