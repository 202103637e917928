"""Settings from a file: which edit they are, and what is refused; rendered by apply_params."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from look_files import UUID, fade, rgb_block, sidecar_xmp
from PIL import Image
from simulated import EDIT, scene
from tolerances import DEMOSAIC_MEAN

import scripts.apply_params as command
from dataset.synthetic.write_dng import write_dng
from imaging.camera import Shot, read_shot
from imaging.jpeg import to_srgb8
from imaging.metrics import delta_e00
from imaging.resize import fit_long_side
from imaging.tiff import read_tif16
from params.files import InputError
from params.look_library import LookLibrary
from params.record import Record, write_record
from params.unsupported import Look
from params.xmp import record_to_xmp
from params.xmp_packet import merge_fields
from stages.predict.edit_file import edit_of_sliders, read_edit

PARAMS: dict[str, Any] = {**EDIT, "Temperature": 7600.0, "Contrast2012": 0.0}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "a.dng"
    write_dng(path, scene(6, 96, 128))
    return path


def write_xmp(raw: Path, process: int) -> Path:
    shot, path = read_shot(raw), raw.with_name(f"p{process}.xmp")
    record = Record(PARAMS, process=process)
    path.write_bytes(record_to_xmp(record, camera=shot.color, neutral=shot.neutral))
    return path


@pytest.mark.parametrize("process", [1, 2])
def test_our_xmp_is_the_edit_it_was_written_from(raw: Path, process: int) -> None:
    read, _ = read_edit(write_xmp(raw, process), read_shot(raw))
    assert read.process == process
    assert read.params["Exposure2012"] == 0.5
    assert read.params["Shadows2012"] == 40.0
    assert read.params["Temperature"] == pytest.approx(7600.0, abs=40.0)


def test_others_xmp_is_process_2_unless_told(raw: Path) -> None:
    path = raw.with_name("other.XMP")
    path.write_bytes(merge_fields(None, {"Exposure2012": "+1.25"}, "XMP"))
    assert read_edit(path, read_shot(raw))[0].process == 2
    read, _ = read_edit(path, read_shot(raw), process=1)
    assert (read.process, read.params["Exposure2012"]) == (1, 1.25)


def test_a_parameter_file_is_of_its_own_process(raw: Path) -> None:
    path = raw.with_name("a.json")
    write_record(path, Record(PARAMS, process=2))
    assert read_edit(path, read_shot(raw))[0].process == 2
    with pytest.raises(InputError, match=r"a\.json: made for edit process 2, not 1"):
        read_edit(path, read_shot(raw), process=1)


def test_the_look_of_an_edit(raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its profile goes into the library where XMP holds all of it; a broken one is told."""
    tables, path, shot = {"RGBTable": rgb_block(3, fade)}, raw.with_name("a.xmp"), read_shot(raw)
    look = Look("Warm", 0.6, UUID)
    for stub in (False, True):
        looks = LookLibrary()
        path.write_bytes(sidecar_xmp("Warm", tables, amount="0.6", stub=stub))
        assert read_edit(path, shot, looks=looks)[0].look == look
        assert (looks.find(look) is None) is stub
    assert read_edit(path, shot)[0].look == look
    assert "a.xmp" not in caplog.text
    path.write_bytes(sidecar_xmp("Warm", {"RGBTable": b"nothing"}, amount="0.6"))
    assert read_edit(path, shot, looks=looks)[0].look == look
    assert "a.xmp: look 'Warm': not an RGBTable" in caplog.text


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "holds no Camera Raw settings"),
        ({"AlreadyApplied": "True", "Exposure2012": "+1.00"}, "rendered picture"),
        ({"Exposure2012": "much"}, "not a number"),
    ],
)
def test_what_cannot_be_applied(raw: Path, fields: dict[str, str], reason: str) -> None:
    path = raw.with_name("a.xmp")
    path.write_bytes(merge_fields(None, fields, "XMP"))
    with pytest.raises(InputError, match=rf"a\.xmp: .*{reason}"):
        read_edit(path, Shot(None, None))


def test_sliders_of_panels_are_those_that_the_process_holds() -> None:
    sliders = {"HueAdjustmentRed": 20.0, "ToneCurvePV2012Blue": [0.1, 0.9], "GreenHue": 0.0}
    params = edit_of_sliders(sliders, Shot(None, None)).params
    assert (params["HueAdjustmentRed"], params["ToneCurvePV2012Blue"]) == (20.0, [0.1, 0.9])
    assert "GreenHue" not in params
    with pytest.raises(InputError, match=r"no sliders of these names: GreenHue, Hue.*, Tone"):
        edit_of_sliders(sliders, Shot(None, None), process=1)
    with pytest.raises(InputError, match="process is 9"):
        edit_of_sliders({}, Shot(None, None), process=9)


@pytest.mark.parametrize("process", [1, 2])
def test_apply_params_renders_xmp_as_the_parameter_file(raw: Path, process: int) -> None:
    xmp, data = write_xmp(raw, process), raw.with_name("a.json")
    write_record(data, Record(PARAMS, process=process))
    for settings, out in ((xmp, "a.tif"), (data, "b.tif"), (xmp, "a.png")):
        words = [raw, settings, "--out", raw.with_name(out), "--device", "cpu"]
        words += ["--denoise", 0, "--sharpen", 0, "--gamut", "clip"]
        assert command.main(list(map(str, words))) == 0
    one, other = (read_tif16(raw.with_name(name)) for name in ("a.tif", "b.tif"))
    assert delta_e00(one, other).mean() < 0.2
    with Image.open(raw.with_name("a.png")) as picture:
        shown = np.asarray(picture).astype(int)
    assert np.abs(shown - to_srgb8(one, "clip")).max() <= 1


def crop_of(raw: Path, *words: str, **fields: str) -> tuple[np.ndarray, np.ndarray]:
    """A picture rendered with these crop fields, and without."""
    whole = {"Exposure2012": "+0.50"}
    pixels = []
    for name, packet in (("crop", whole | {"HasCrop": "True"} | fields), ("whole", whole)):
        settings, out = raw.with_name(f"{name}.xmp"), raw.with_name(f"{name}.tif")
        settings.write_bytes(merge_fields(None, packet, "XMP"))
        given = words if name == "crop" else ()
        line = [raw, settings, "--out", out, "--device", "cpu", "--overwrite", *given]
        assert command.main(list(map(str, line))) == 0
        pixels.append(read_tif16(out))
    return pixels[0], pixels[1]


def test_a_crop_in_xmp_is_honoured(raw: Path) -> None:
    cropped, whole = crop_of(raw, CropTop="0.25", CropRight="0.5")
    np.testing.assert_array_equal(cropped, whole[24:, :64])
    turned, _ = crop_of(
        raw, CropTop="0.25", CropLeft="0.25", CropBottom="0.7", CropRight="0.7", CropAngle="5"
    )
    assert turned.shape == (38, 61, 3)


def test_a_crop_can_be_switched_off(raw: Path) -> None:
    cropped, whole = crop_of(raw, "--no-crop", CropTop="0.25", CropRight="0.5")
    np.testing.assert_array_equal(cropped, whole)


def test_a_crop_that_leaves_nothing_is_told(raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    cropped, whole = crop_of(raw, CropTop="0.5", CropBottom="0.52")
    np.testing.assert_array_equal(cropped, whole)
    assert "crop.xmp: the crop is 128x2 pixels: less than 8; left out" in caplog.text


@pytest.mark.parametrize("crop", [{}, {"CropRight": "0.5"}, {"CropBottom": "0.52"}])
def test_a_picture_of_a_size_is_cropped_to_it(raw: Path, crop: dict[str, str]) -> None:
    """From as many pixels as the crop needs."""
    small, _ = crop_of(raw, "--max-size", "40", **crop)
    assert max(small.shape) == 40


def test_a_small_picture_looks_like_the_large_one(raw: Path) -> None:
    small, whole = crop_of(raw, "--max-size", "64")
    assert small.shape == (48, 64, 3)
    apart = np.abs(small - fit_long_side(whole, 64))[2:-2, 2:-2]
    assert apart.mean() < 2 * DEMOSAIC_MEAN


def test_the_demosaic_is_the_one_asked_for(raw: Path) -> None:
    by_ahd, whole = crop_of(raw, "--demosaic", "ahd")
    assert not np.array_equal(by_ahd, whole)
    by_gbtf, whole = crop_of(raw, "--demosaic", "gbtf")
    np.testing.assert_array_equal(by_gbtf, whole)


def test_masks_are_told(raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    masks = (
        "<crs:MaskGroupBasedCorrections><rdf:Seq><rdf:li>x</rdf:li></rdf:Seq>"
        "</crs:MaskGroupBasedCorrections>"
    )
    path = raw.with_name("masks.xmp")
    path.write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Exposure2012="+0.50" '
        f'crs:PerspectiveVertical="-20">{masks}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    read_edit(path, Shot(None, None))
    assert "not rendered: masks" in caplog.text
    assert "PerspectiveVertical" in caplog.text


def test_an_input_is_not_written_over(raw: Path) -> None:
    from stages.predict.settings import RenderSettings

    picture = raw.with_suffix(".tif")
    with pytest.raises(InputError, match="would be rendered"):
        RenderSettings(raw=picture, edit={}, output=picture)
