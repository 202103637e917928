import pytest

from params.crop import Crop, read_crop
from params.xmp import xmp_to_params
from params.xmp_packet import merge_fields
from params.xmp_settings import read_settings

FIELDS = {
    "HasCrop": "True",
    "CropTop": "0.3",
    "CropLeft": "0.4",
    "CropBottom": "0.8",
    "CropRight": "0.9",
    "CropAngle": "-10",
}


def test_a_crop_is_read_with_the_settings():
    settings = read_settings(merge_fields(None, {**FIELDS, "Exposure2012": "+1.00"}, "XMP"))
    assert settings.crop == Crop(0.3, 0.4, 0.8, 0.9, -10.0)
    assert xmp_to_params(settings, 2)[1] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"HasCrop": "False"},
        {"HasCrop": ""},
        {"CropTop": "0", "CropLeft": "0", "CropBottom": "1", "CropRight": "1", "CropAngle": "0"},
    ],
)
def test_no_crop(changed):
    assert read_crop(FIELDS | changed) == (None, [])


def test_what_is_missing_is_the_whole_picture():
    assert read_crop({"HasCrop": "true", "CropLeft": "0.25"}) == (Crop(left=0.25), [])


def test_rounding_outside_is_brought_inside():
    crop, told = read_crop(FIELDS | {"CropTop": "-0.0000001", "CropRight": "1.000001"})
    assert told == []
    assert crop == Crop(0.0, 0.4, 0.8, 1.0, -10.0)


@pytest.mark.parametrize(
    "changed",
    [
        *({name: text} for name in FIELDS if name != "HasCrop" for text in ("nan", "1e400", "")),
        {"CropTop": "abc"},
        {"CropLeft": "-0.5"},
        {"CropRight": "2"},
        {"CropAngle": "46"},
        {"CropAngle": "0", "CropRight": "0.4"},
        {"CropAngle": "0", "CropRight": "0.3"},
        {"CropAngle": "0", "CropBottom": "0.3000001"},
    ],
)
def test_hostile_crops_are_left_out_with_a_line(changed):
    crop, told = read_crop(FIELDS | changed)
    assert crop is None
    assert len(told) == 1
    assert told[0].startswith("crop left out: ")
    assert "\n" not in told[0]


def test_a_fault_is_told_with_what_else_is_not_read():
    packet = merge_fields(
        None, FIELDS | {"CropAngle": "x", "HDREditMode": "1", "Dehaze": "+9"}, "XMP"
    )
    _, told = xmp_to_params(read_settings(packet), 2)
    assert len(told) == 2
    assert told[0].startswith("crop left out")
