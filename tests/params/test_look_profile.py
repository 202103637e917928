"""Look profiles: their own files, and looks in a photo's settings."""

import contextlib

import numpy as np
import pytest
from look_files import (
    UUID,
    fade,
    look_block,
    profile_xmp,
    rgb_block,
    sidecar_xmp,
    table_id,
)

from params.files import InputError
from params.look_profile import read_photo_look, read_profile, read_profile_names
from params.unsupported import Look

HUES = look_block(np.array([[[[0.0, 1.0, 1.0], [30.0, 1.4, 0.9]]] * 4], np.float32))
COLORS = rgb_block(5, fade)
CURVE = ("0, 0", "64, 50", "255, 255")


def test_all_of_a_profile() -> None:
    found = read_profile(
        profile_xmp(
            "Warm & soft".replace("&", "&amp;"),
            {"LookTable": HUES, "RGBTable": COLORS},
            {
                "Contrast2012": "+20",
                "Saturation": "0",
                "Exposure2012": "-99",
                "ConvertToGrayscale": "True",
                "RGBTableAmount": "0.5",
                "SupportsAmount": "False",
                "Temperature": "5000",
            },
            CURVE,
        ),
        "x.xmp",
    )
    assert (found.name, found.uuid, found.group) == ("Warm & soft", UUID, "Of tests")
    assert not found.supports_amount
    assert found.look_table is not None
    assert found.look_table.table.entries.shape == (1, 4, 2, 3)
    assert found.rgb_table is not None
    assert found.rgb_table.changes.shape == (5, 5, 5, 3)
    assert found.rgb_amount == 0.5
    assert found.curves == (((0, 0), (64, 50), (255, 255)), None, None, None)
    limited = {"Contrast2012": 20.0, "Exposure2012": -5.0, "ConvertToGrayscale": 1.0}
    assert found.sliders == limited


def test_names_without_the_rest() -> None:
    broken = profile_xmp("Warm", {"RGBTable": COLORS}).replace(b"crs:Table_", b"crs:Gone_")
    assert read_profile_names(broken, "x") == ("Warm", UUID)
    preset = broken.replace(b'PresetType="Look"', b'PresetType="Normal"')
    assert read_profile_names(preset, "x") is None
    with pytest.raises(InputError, match=r"x: not a look profile"):
        read_profile(preset, "x")


def test_a_look_in_a_photos_settings() -> None:
    tables = {"LookTable": HUES, "RGBTable": COLORS}
    look, profile = read_photo_look(
        sidecar_xmp("Warm", tables, amount="0.6", curve=CURVE), "photo.xmp"
    )
    assert look == Look("Warm", 0.6, UUID)
    assert profile is not None
    assert (profile.name, profile.uuid, profile.group) == ("Warm", UUID, "Of tests")
    assert profile.curves[0] == ((0, 0), (64, 50), (255, 255))
    assert profile.rgb_table is not None
    assert profile.look_table is not None
    assert profile.sliders == {}  # the photo's own Exposure is not the look's


def test_a_stub() -> None:
    stub = sidecar_xmp("Warm", {"RGBTable": COLORS}, stub=True)
    assert read_photo_look(stub, "x") == (Look("Warm", 1.0, UUID), None)
    bare = sidecar_xmp("Warm", {}).split(b"<crs:Parameters>")[0] + (
        b"</rdf:Description></crs:Look></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    assert read_photo_look(bare, "x") == (Look("Warm", 1.0, UUID), None)
    without = sidecar_xmp("", {"RGBTable": COLORS})
    assert read_photo_look(without, "x") == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (table_id(COLORS)[:31], "?" * 31, "not XMP"),
        (f'RGBTable="{table_id(COLORS)}"', 'RGBTable="12"', "'12' is not a table's ID"),
        (f'="{table_id(COLORS)}"', f'="{UUID}"', f"table {UUID} isn't there"),
        (f"{table_id(COLORS)}", UUID, "MD5"),
        ('SupportsAmount="True"', 'Contrast2012="nan"', "Contrast2012 is 'nan', not a finite"),
        ('SupportsAmount="True"', 'Contrast2012="high"', "Contrast2012 is 'high'"),
        ('SupportsAmount="True"', 'RGBTableAmount="inf"', "RGBTableAmount is 'inf'"),
        ("64, 50", "0, 50", "rising x"),
        ("64, 50", "64, 5000000", "not a curve"),
        ("RGBTable=", "LookTable=", "not a LookTable"),
    ],
)
def test_broken_profiles(old: str, new: str, message: str) -> None:
    data = profile_xmp("Warm", {"RGBTable": COLORS}, curve=CURVE).decode()
    assert old in data
    with pytest.raises(InputError, match=message) as caught:
        read_profile(data.replace(old, new).encode(), "warm.xmp")
    assert str(caught.value).startswith("warm.xmp: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_files_are_told_or_read(seed: int) -> None:
    random = np.random.default_rng(seed)
    tables = {"LookTable": HUES, "RGBTable": COLORS}
    for read, data in (
        (read_profile, profile_xmp("Warm", tables, curve=CURVE)),
        (read_photo_look, sidecar_xmp("Warm", tables, curve=CURVE)),
    ):
        for _ in range(40):
            broken = bytearray(data)
            for place in random.integers(0, len(data), random.integers(1, 6)):
                broken[place] = random.integers(32, 127)
            with contextlib.suppress(InputError):
                read(bytes(broken), "x")


def test_damaged_blocks_are_told_or_read() -> None:
    """With the right ID, so that what is in them counts."""
    random = np.random.default_rng(9)
    for field, block in (("LookTable", HUES), ("RGBTable", COLORS)):
        for _ in range(200):
            broken = bytearray(block)
            for place in random.integers(0, random.choice([24, len(block)]), 3):
                broken[place] = random.integers(0, 256)
            with contextlib.suppress(InputError):
                found = read_profile(profile_xmp("x", {field: bytes(broken)}), "x")
                if found.look_table is not None:
                    assert np.isfinite(found.look_table.table.entries).all()
                if found.rgb_table is not None:
                    assert float(np.abs(found.rgb_table.changes).max()) <= 1.0
