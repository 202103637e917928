"""reproduce_fivek.py: all steps on a simulated FiveK, and what is done is not done again."""

import json
from pathlib import Path

import pytest

from dataset.synthetic.fivek_site import SitePicture, make_site
from params.files import InputError
from scripts import reproduce_fivek
from scripts.reproduce.figures_page import write_figures
from scripts.reproduce.measured_step import Figures, Step, Steps, read_steps

STEPS = ["download", "fit training", "fit validation", "fit testing", "train", "LoRA"]
STEPS += ["evaluate", "predict"]


def steps_of(folder: Path) -> dict[str, dict[str, object]]:
    return json.loads((folder / "steps.json").read_text())


@pytest.mark.slow
def test_the_whole_of_a_simulated_set(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root, out = tmp_path / "fivek", tmp_path / "out"
    words = ["--simulate", 10, "--root", root, "--output", out, "--device", "cpu", "--epochs", 1]
    words += ["--workers", 1, "--cache-size", 1]
    assert reproduce_fivek.main([str(word) for word in words]) == 0
    found = steps_of(out)
    assert list(found) == STEPS
    assert all(one["done"] and one["seconds"] > 0 and one["peak_mb"] > 20 for one in found.values())
    page = (out / "figures.md").read_text()
    assert page.startswith("# FiveK, 10 pictures")
    assert "| model with LoRA |" in page
    assert len(list((out / "predictions" / "data").rglob("*.json"))) == 10
    with caplog.at_level("INFO"):
        assert reproduce_fivek.main([str(word) for word in words]) == 0
    assert steps_of(out) == found
    assert caplog.text.count("done before") == len(STEPS)


def test_a_larger_site_begins_with_the_smaller_one(tmp_path: Path) -> None:
    make_site(tmp_path / "few", 2)
    make_site(tmp_path / "site", 1)
    first = SitePicture(0).dng(tmp_path / "site")
    before = first.stat().st_mtime_ns
    make_site(tmp_path / "site", 2)
    assert first.stat().st_mtime_ns == before
    for number in range(2):
        for file in (SitePicture(number).dng, SitePicture(number).tif):
            assert file(tmp_path / "site").read_bytes() == file(tmp_path / "few").read_bytes()
    assert list(json.loads((tmp_path / "site" / "training.json").read_text())) == [
        SitePicture(0).id,
        SitePicture(1).id,
    ]


def test_the_splits_are_in_fiveks_proportions() -> None:
    splits = [SitePicture(number).split for number in range(5000)]
    counts = [splits.count(name) for name in ("training", "validation", "testing")]
    assert counts == [3500, 500, 1000]
    assert len({SitePicture(number).id for number in range(5000)}) == 5000


def test_a_step_that_fails_is_gone_on_with(tmp_path: Path) -> None:
    steps = Steps(tmp_path, [tmp_path])
    bad = Step("bad", ["run/inference.py", "--input", str(tmp_path / "none.dng")])
    with pytest.raises(InputError, match=r"^bad: run/inference.py ended with [12]; run again"):
        steps.run(bad)
    first = read_steps(tmp_path)["bad"]
    assert first.done is False
    with pytest.raises(InputError):
        Steps(tmp_path, [tmp_path]).run(bad)
    assert read_steps(tmp_path)["bad"].seconds > first.seconds
    steps = Steps(tmp_path, [tmp_path])
    steps.run(Step("bad", ["run/inference.py", "--help"]))  # other words: another step
    assert read_steps(tmp_path)["bad"].done


@pytest.mark.parametrize(
    "text", ["[]", '{"fit": 1}', '{"fit": {"seconds": "long"}}', '{"fit": {}}']
)
def test_steps_that_make_no_sense(tmp_path: Path, text: str) -> None:
    (tmp_path / "steps.json").write_text(text)
    with pytest.raises(InputError, match="not the steps of a run"):
        read_steps(tmp_path)


def test_the_page_says_how_it_grew(tmp_path: Path) -> None:
    few = {"fit": Figures(10.0, 18.0, 400.0, 1.0, True)}
    many = {"fit": Figures(100.0, 181.0, 440.0, 10.0, True), "train": Figures(5.0)}
    page = write_figures(tmp_path, 500, many, (50, few)).read_text().splitlines()
    [heading] = [line for line in page if line.startswith("| step")]
    assert "time, for 10.0 × the pictures" in heading
    assert "| fit | 100.0 | 181.0 | 200 | 440 | 10.0 | 10.0 × | 1.10 × |" in page
    assert "| train (not done) | 5.0 | 0.0 | 10 | 0 | 0.0 |  |  |" in page
    assert any(line.startswith("| all | 105.0 |") for line in page)
