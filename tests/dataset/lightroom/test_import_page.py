"""The page of an import: what it counts and says."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from browser import opened
from simulated import leftovers

from dataset.lightroom.edit import Edit
from dataset.lightroom.report import write_report
from dataset.lightroom.report_facts import Count, facts_of, used_panels
from dataset.lightroom.to_record import Import
from params.ranges import neutral_params
from params.unsupported import Look, Lost
from params.xmp_settings import Settings

MASKS = Lost("masks", "MaskGroupBasedCorrections", True)
CROP = Lost("crop", "HasCrop True", False)


def edit(number: int, hostile: str = "") -> Edit:
    """Twenty edits: all have a mixer, a quarter masks and half a crop."""
    lost = [MASKS] * (number % 4 == 0) + [CROP] * (number % 2)
    return Edit(
        Path(f"/x/{number}.nef"),
        "catalog",
        Path("/x/my.lrcat"),
        settings=Settings(
            sliders={"Exposure2012": 0.1 * number, "Contrast2012": 15.0},
            panels={"HueAdjustmentRed": 10.0},
            white_balance="As Shot",
        ),
        lost=tuple(lost),
        style={
            "LensProfileEnable": "1",
            "CameraProfile": "Camera Neutral" if number < 5 else "Adobe Standard",
        },
        look=Look(f"Film{hostile}"),
        taken=datetime(2024, 5, 1, 10, number),
        camera=f"Z 6{hostile}",
    )


def params(number: int) -> dict:
    return neutral_params() | {
        "Exposure2012": 0.1 * number,
        "Contrast2012": 15.0,
        "HueAdjustmentRed": 10.0,
    }


def test_what_is_counted():
    facts = facts_of([edit(i) for i in range(20)], [params(i) for i in range(20)])
    assert (facts.taken, facts.whole) == (20, 15)
    assert facts.panels == (Count("basic sliders", 20, 15), Count("colour mixer", 20, 15))
    assert facts.lost == (Count("crop", 10, 0), Count("masks", 5, 5))
    assert dict(facts.kept) == {"lens profile": 20, "camera profile Camera Neutral": 5}
    assert facts.looks == (("Film", 20),)
    assert facts.constants == ["Contrast2012", "HueAdjustmentRed"]
    assert facts.varying == ["Exposure2012"]
    assert facts.settings == {"LensProfileEnable": "1"}


@pytest.mark.parametrize(
    ("settings", "used"),
    [
        (Settings(white_balance="As Shot", sliders={"Temperature": 5000.0}), []),
        (Settings(white_balance="Custom"), ["white balance"]),
        (Settings(sliders={"Temperature": 5000.0}), ["white balance"]),
        (Settings(sliders={"Vibrance": 0.0}), []),
        (Settings(curve=((0, 0), (255, 255))), []),
        (Settings(curve=((0, 9), (255, 255))), ["point curve"]),
        (Settings(panels={"Dehaze": 9.0}), ["texture, clarity, dehaze"]),
        (Settings(curves={"ToneCurvePV2012Red": ((0, 9), (255, 255))}), ["curves of colours"]),
    ],
)
def test_panels_in_use(settings, used):
    assert used_panels(Edit(Path("a"), "sidecar", Path("a"), settings=settings)) == used


def test_the_page(tmp_path):
    hostile = "<script>document.title='hacked'</script>"
    edits = [edit(i, hostile) for i in range(20)]
    done = [Import(str(i), "training", "own", one) for i, one in enumerate(edits)]
    lines = write_report(tmp_path, edits, done, [params(i) for i in range(20)])
    assert leftovers(tmp_path) == []
    page = (tmp_path / "report.html").read_text()
    assert hostile not in page
    shown = " ".join(re.sub("<[^>]*>", " ", page).split())
    for text in (
        "75 % of your edits are held whole, to the eye: 15 of 20 pictures",
        "Hue Adjustment Red +10 100 %",
        "Lens Profile Enable 1 nearly all",
        "masks 5 25 % 25 %",
        "crop 10 50 %",
        "colour mixer 20 100 % 75 %",
        "Exposure (EV): 95 % moved",
        "lens profile 20 100 %",
    ):
        assert text in shown
    assert "Contrast: " not in shown  # a constant has no histogram
    assert page.count("<svg") == 2
    assert "depends on the picture (to be learnt): Exposure2012" in lines
    assert "alike in nearly all pictures (a preset): Contrast2012, HueAdjustmentRed" in lines
    with opened(tmp_path / "report.html") as seen:
        assert seen.title() == "Your edits, imported"


def test_the_share_of_a_hue_is_of_all_pictures(tmp_path):
    """Five of twenty are toned, in one hue."""
    toned = {"SplitToningShadowHue": 210.0, "SplitToningShadowSaturation": 30.0}
    edits = [edit(i) for i in range(20)]
    done = [Import(str(i), "training", "own", one) for i, one in enumerate(edits)]
    write_report(tmp_path, edits, done, [params(i) | (toned if i < 5 else {}) for i in range(20)])
    shown = " ".join(re.sub("<[^>]*>", " ", (tmp_path / "report.html").read_text()).split())
    assert "Split Toning Shadow Hue +210 25 %" in shown


def test_a_page_of_plain_edits(tmp_path):
    """No constants, nothing that varies, nothing lost."""
    plain = Edit(Path("/x/a.nef"), "sidecar", Path("/x/a.xmp"), file_date=datetime(2024, 1, 1))
    done = [Import("a", "training", "own", plain)]
    lines = write_report(tmp_path, [plain], done, [neutral_params()])
    shown = (tmp_path / "report.html").read_text()
    assert "a preset does all of it" in shown
    assert "No slider has one value" in shown
    assert "no date, the files' own stand for it: 1 picture" in lines
