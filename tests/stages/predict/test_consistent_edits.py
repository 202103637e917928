"""Edits of a scene's frames: one white balance, one exposure, one look."""

from typing import Any

import numpy as np
import pytest

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import Shot
from params.camera_color import CameraColor
from params.ranges import neutral_params
from params.record import Record
from params.white_balance import to_absolute
from stages.predict.consistent import Frame, edited_alike, in_one_light

COLOR = CameraColor(color_matrix_1=np.array(COLOR_MATRIX), illuminant_1=21)


def frame(exposure: float | None = 0.0, red: float = 1.0, process: int = 2, **params: Any) -> Frame:
    neutral = (NEUTRAL[0] * red, NEUTRAL[1], NEUTRAL[2])
    shot = Shot(COLOR, neutral)
    basic = neutral_params()
    edit = basic | {"ToneCurve": basic["ToneCurve"].tolist()} | params
    return Frame(Record(edit, process, shot.as_shot()), shot, exposure)


def white(frame: Frame, record: Record) -> tuple[float, float]:
    """As Camera Raw shows it."""
    relative = record.params["Temperature"], record.params["Tint"]
    shot = frame.shot
    return to_absolute(*relative, record.process, camera=shot.color, neutral=shot.neutral)


@pytest.mark.parametrize("process", [1, 2])
def test_one_white_balance(process: int) -> None:
    """Where the camera's own wandered, and the edits left it as shot."""
    frames = [frame(red=red, process=process) for red in (0.95, 1.0, 1.06)]
    found = in_one_light(frames)
    whites = [white(*pair) for pair in zip(frames, found, strict=True)]
    middle = frames[1].shot.as_shot()
    assert middle is not None
    for kelvin, tint in whites:
        assert kelvin == pytest.approx(middle["Temperature"], rel=1e-3 if process == 2 else 0.03)
        if process == 2:  # the other's has one line of colours
            assert tint == pytest.approx(middle["Tint"], abs=0.01)
    # The frame that it is the camera's own of stays as shot.
    assert (found[1].params["Temperature"], found[1].params["Tint"]) == (6500.0, 0.0)


def test_one_exposure_whatever_the_camera_did() -> None:
    exposures = (0.0, 1.0, -0.5, 0.0)
    edits = (0.4, -0.5, 0.9, 3.0)  # 0.4, 0.5, 0.4 and an outlier of 3.0
    frames = [frame(ev, Exposure2012=own) for ev, own in zip(exposures, edits, strict=True)]
    found = [record.params["Exposure2012"] for record in in_one_light(frames)]
    assert found == pytest.approx([0.45 - ev for ev in exposures])


def test_an_exposure_that_is_not_known() -> None:
    known = [frame(0.0, Exposure2012=0.2), frame(1.0, Exposure2012=-0.8)]
    mixed = in_one_light([*known, frame(None, Exposure2012=2.0)])
    assert [record.params["Exposure2012"] for record in mixed] == pytest.approx([0.2, -0.8, 2.0])
    none = in_one_light([frame(None, Exposure2012=value) for value in (0.0, 0.5, 4.0)])
    assert [record.params["Exposure2012"] for record in none] == [0.5, 0.5, 0.5]


def test_within_the_slider() -> None:
    found = in_one_light([frame(0.0), frame(0.0), frame(-9.0)])
    assert [record.params["Exposure2012"] for record in found] == [0.0, 0.0, 5.0]


def test_corrected_frames_lead() -> None:
    frames = [frame(0.0), frame(1.0, Exposure2012=-0.3, Temperature=5500.0, Tint=7.0), frame(0.0)]
    found = in_one_light(frames, leading=[1])
    assert [record.params["Exposure2012"] for record in found] == pytest.approx([0.7, -0.3, 0.7])
    assert {round(record.params["Temperature"], 3) for record in found} == {5500.0}
    assert {round(record.params["Tint"], 3) for record in found} == {7.0}


def test_the_look_of_a_scene_and_the_tones_of_a_burst() -> None:
    def one(highlights: float, vibrance: float, mixer: float) -> Frame:
        return frame(
            Highlights2012=highlights, Vibrance=vibrance, HueAdjustmentRed=mixer, Texture=mixer
        )

    first = [one(-80.0, 10.0, 5.0), one(-70.0, 12.0, 6.0), one(-10.0, 14.0, 7.0)]
    second = [one(0.0, 30.0, 8.0)]
    found = edited_alike([first, second])
    assert [[r.params["Highlights2012"] for r in burst] for burst in found] == [
        [-70.0, -70.0, -70.0],
        [0.0],
    ]
    for record in (*found[0], *found[1]):
        assert record.params["Vibrance"] == 13.0
        assert record.params["HueAdjustmentRed"] == record.params["Texture"] == 6.5


def test_a_frame_by_itself_stays_as_it_is() -> None:
    alone = frame(2.0, Exposure2012=1.0, Temperature=5000.0)
    assert edited_alike([[alone]]) == [[alone.record]]
