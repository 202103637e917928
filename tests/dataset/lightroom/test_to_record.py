from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from lightroom import packet

from dataset.lightroom.edit import Edit
from dataset.lightroom.near_duplicates import burst_groups, copied_settings
from dataset.lightroom.to_record import (
    Import,
    is_untouched,
    make_record,
    name_edits,
    settings_digest,
    split_of,
)
from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import Shot
from params.camera_color import CameraColor
from params.record import read_record, write_record
from params.unsupported import Lost
from params.xmp import record_to_xmp
from params.xmp_curve import natural_cubic
from params.xmp_settings import Settings, read_settings

SHOT = Shot(CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=21), NEUTRAL)


def edit(name: str = "a.nef", copy: str = "", **more) -> Edit:
    return Edit(raw=Path("/nowhere") / name, kind="sidecar", origin=Path("x"), copy=copy, **more)


def settings(curve: str = "", **fields) -> Settings:
    children = f"<crs:ToneCurvePV2012><rdf:Seq>{curve}</rdf:Seq></crs:ToneCurvePV2012>"
    return read_settings(packet(fields, children if curve else ""))


def record_of(found: Settings, process: int = 2, **more):
    return make_record(Import("a", "training", "own", edit(settings=found, **more)), SHOT, process)


class TestRecord:
    def test_kelvin_is_relative_to_the_shot_by_the_cameras_matrices(self):
        record, notes = record_of(settings(WhiteBalance="Custom", Temperature="4200", Tint="+6"))
        shot = SHOT.as_shot()
        mired = 1e6 / 4200 - 1e6 / shot["Temperature"] + 1e6 / 6500
        assert record.params["Temperature"] == pytest.approx(1e6 / mired)
        assert record.params["Tint"] == pytest.approx(6 - shot["Tint"])
        assert record.as_shot == shot
        assert notes == []

    @pytest.mark.parametrize("process", [1, 2])
    def test_as_shot_is_neutral_whatever_numbers_stand_beside_it(self, process):
        found = settings(WhiteBalance="As Shot", Temperature="9000", Tint="+30", Vibrance="+4")
        record, _ = record_of(found, process)
        assert (record.params["Temperature"], record.params["Tint"]) == (6500.0, 0.0)
        assert (record.process, record.params["Vibrance"]) == (process, 4.0)

    def test_the_curve_is_camera_raws_spline_at_the_knots(self):
        points = "<rdf:li>0, 0</rdf:li><rdf:li>60, 40</rdf:li><rdf:li>190, 215</rdf:li>"
        record, _ = record_of(settings(points + "<rdf:li>255, 255</rdf:li>", Exposure2012="0.00"))
        x, y = np.array([0.0, 60, 190, 255]), np.array([0.0, 40, 215, 255])
        wanted = natural_cubic(x, y, np.linspace(0, 255, 16)) / 255
        np.testing.assert_allclose(record.params["ToneCurve"], wanted.clip(0, 1), atol=1e-12)
        assert np.abs(wanted - np.linspace(0, 1, 16)).max() > 0.05

    def test_what_is_imported_is_written_back_as_it_was(self):
        found = settings(
            WhiteBalance="Custom",
            Temperature="4200",
            Tint="+6",
            Exposure2012="+0.35",
            Contrast2012="-12",
            Highlights2012="-60",
            Saturation="+7",
        )
        record, _ = record_of(found)
        back = read_settings(record_to_xmp(record, camera=SHOT.color, neutral=SHOT.neutral))
        assert {k: back.sliders[k] for k in found.sliders} == found.sliders

    def test_the_file_says_where_it_came_from_and_what_it_lacks(self, tmp_path):
        lost = (Lost("clarity", "Clarity2012 +20", True),)
        record, _ = record_of(settings(Exposure2012="+1.00"), lost=lost)
        write_record(tmp_path / "a.json", record)
        read = read_record(tmp_path / "a.json")
        assert read.source == {
            "id": "a",
            "split": "training",
            "expert": "own",
            "raw": "/nowhere/a.nef",
            "tif": None,
        }
        assert read.extra["imported"]["from"] == "sidecar"
        assert read.extra["imported"]["not_held"] == ["clarity: Clarity2012 +20"]


@pytest.mark.parametrize(
    ("fields", "untouched"),
    [
        ({"WhiteBalance": "As Shot", "Temperature": "5000", "Tint": "3"}, True),
        ({"Exposure2012": "0.00", "Contrast2012": "0", "ToneCurveName2012": "Linear"}, True),
        ({"WhiteBalance": "As Shot", "Exposure2012": "+0.01"}, False),
        ({"WhiteBalance": "Auto", "Exposure2012": "0.00"}, False),
        ({"Temperature": "5000"}, False),
        ({"ToneCurveName2012": "Medium Contrast"}, False),
    ],
)
def test_untouched(fields, untouched):
    assert is_untouched(settings(**fields)) is untouched


class TestNames:
    def test_the_stem_where_it_is_the_only_one(self):
        found = [
            edit("a.nef"),
            edit("a.nef", "00AB"),
            edit("b.nef"),
            edit("d/b.dng"),
            edit("c.nef"),
        ]
        names = name_edits(found, {"c": "/elsewhere/c.nef", "a": "/nowhere/a.nef"})
        assert names[:2] == ["a", "a-copy-00AB"]
        assert len(set(names)) == 5
        assert all(name.startswith(f"{stem}-") for name, stem in zip(names[2:], "bbc", strict=True))

    def test_a_name_once_given_stays(self):
        first = name_edits([edit("a.nef")], {})
        both = name_edits([edit("a.nef"), edit("d/A.nef")], {"a": "/nowhere/a.nef"})
        assert first == ["a"]
        assert both[0] == "a"
        assert both[1].startswith("A-")


class TestSplit:
    START = datetime(2024, 5, 1, 10, 0)

    def test_the_share(self):
        hours = [edit(taken=self.START + timedelta(hours=n)) for n in range(2000)]
        assert all(split_of(one, 0.0) == "training" for one in hours)
        count = sum(split_of(one, 0.1) == "validation" for one in hours)
        assert 140 < count < 260

    def test_an_hour_stays_together(self):
        for n in range(50):
            start = self.START + timedelta(hours=n)
            same = [edit(f"{k}.nef", taken=start + timedelta(minutes=k)) for k in range(60)]
            assert len({split_of(one, 0.5) for one in same}) == 1


class TestNearDuplicates:
    START = datetime(2024, 5, 1, 10, 0)

    def at(self, second: float, camera: str = "A", **more) -> Edit:
        taken = self.START + timedelta(seconds=second)
        return edit(f"{second}.nef", taken=taken, camera=camera, **more)

    def test_bursts(self):
        one = [self.at(0), self.at(2), self.at(4.5)]
        found = [*reversed(one), self.at(60), self.at(61, "B"), edit("x.nef"), edit("y.nef")]
        assert burst_groups(found, 3.0) == [one]
        assert burst_groups([self.at(0), self.at(0, copy="1")], 3.0) == []

    def test_pasted(self):
        same = {"settings": settings(WhiteBalance="As Shot", Exposure2012="+1.00")}
        also = {"settings": settings(WhiteBalance="As Shot", Exposure2012="+1.00", Tint="+3")}
        other = {"settings": settings(WhiteBalance="Custom", Exposure2012="+1.00", Tint="+3")}
        found = [self.at(0, **same), self.at(1, **also), self.at(2, **same), self.at(3, **other)]
        assert copied_settings(found, 3) == [found[:3]]
        assert copied_settings(found, 4) == []
        assert settings_digest(same["settings"]) == settings_digest(also["settings"])
