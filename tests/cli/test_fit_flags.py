"""The flags of the fitting commands become settings."""

import pytest

from cli.fit_flags import fit_settings
from scripts import dng_tif_to_json, fivek_tif_to_xmp
from stages.fit.settings import Exports, FitSettings

CPU = ["--device", "cpu"]


def test_without_flags_the_settings_are_the_defaults() -> None:
    args = fivek_tif_to_xmp.build_parser().parse_args(["--root", "r", *CPU])
    assert fit_settings(args, Exports()) == FitSettings()


def test_flags_reach_the_settings() -> None:
    words = "--process 1 --solver adam --steps 9 --curve-knots 5 --batch 3 --seed 7 --workers 2"
    parser = dng_tif_to_json.build_parser()
    args = parser.parse_args([*words.split(), "--overwrite", "--debug", *CPU])
    wanted = FitSettings(
        solver="adam",
        steps=9,
        knots=5,
        process=1,
        seed=7,
        batch=3,
        workers=2,
        overwrite=True,
        debug=True,
        exports=Exports(xmp=False),
    )
    assert fit_settings(args, Exports(xmp=False)) == wanted


def test_flags_of_process_2_reach_the_settings() -> None:
    words = "--sliders basic,mixer --plausible 0.5 --consistent"
    args = dng_tif_to_json.build_parser().parse_args([*words.split(), *CPU])
    wanted = FitSettings(sliders=("basic", "mixer"), plausible=0.5, consistent=True)
    assert fit_settings(args, Exports()) == wanted


@pytest.mark.parametrize(
    "words",
    [
        "--sliders sharpening",
        "--sliders basic,vignette",
        "--sliders mixer --process 1",
        "--plausible -1",
        "--plausible nan",
        "--plausible 2 --process 1",
        "--masks centred",
    ],
)
def test_a_wrong_call_has_its_own_status(words, capsys) -> None:
    pair = ["--dng", "a.dng", "--tif", "a.tif"]
    with pytest.raises(SystemExit) as stopped:
        dng_tif_to_json.main([*pair, *words.split(), *CPU])
    assert stopped.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_basic_sliders_need_not_be_named() -> None:
    args = dng_tif_to_json.build_parser().parse_args(["--sliders", "mixer,grading", *CPU])
    assert fit_settings(args, Exports()).options().as_json()["sliders"][1:] == ["mixer", "grading"]
