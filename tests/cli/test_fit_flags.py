"""The flags of the fitting commands become settings."""

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
