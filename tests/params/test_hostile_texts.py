"""Parameter files, packets, lists and manifests that ask for more than they are worth."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hostile_files import parameter_file

from dataset.manifest import read_manifest
from model.edit.point_curves import knots_table
from params.files import MOST_LINE, InputError, read_bytes, read_json, read_lines
from params.ranges import MOST_KNOTS
from params.record import read_record
from params.xmp_curve import natural_cubic
from params.xmp_facts import read_facts
from params.xmp_packet import CRS, RDF, merge_fields, read_fields
from params.xmp_repair import repaired

_HEAD = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}" xmlns:crs="{CRS}"><D>'
_TAIL = "</D></rdf:RDF></x:xmpmeta>"


def packet(content: str) -> bytes:
    return f"{_HEAD}{content}{_TAIL}".replace("D>", "rdf:Description>").encode()


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """None takes long; here it is some tenths of a second."""
    start = time.process_time()
    yield
    assert time.process_time() - start < 5.0


@pytest.mark.parametrize("count", [MOST_KNOTS + 1, 512, 20_000])
def test_curves_of_too_many_knots(tmp_path: Path, count: int) -> None:
    parameter_file(tmp_path / "a.json", ToneCurve=np.linspace(0, 1, count).tolist())
    with pytest.raises(InputError, match=f"a tone curve of {count} values; at most 256"):
        read_record(tmp_path / "a.json")


def test_a_curve_of_as_many_knots_as_are_read(tmp_path: Path) -> None:
    import torch

    curve = np.linspace(0, 1, MOST_KNOTS) ** 1.5
    parameter_file(tmp_path / "a.json", ToneCurve=curve.tolist())
    read = torch.tensor([read_record(tmp_path / "a.json").params["ToneCurve"]])
    change = knots_table(read)[0].numpy()
    places = np.linspace(0, 1, change.size)
    np.testing.assert_allclose(places + change, places**1.5, atol=1e-4)


def test_many_splines_at_once() -> None:
    random = np.random.default_rng(0)
    x, y, at = np.sort(random.random(9)), random.random((9, 4)), random.random(50)
    each = np.stack([natural_cubic(x, column, at) for column in y.T], axis=1)
    np.testing.assert_allclose(natural_cubic(x, y, at), each, rtol=0, atol=1e-12)


@pytest.mark.parametrize("values", [[-1e308, 1e308], [0, 1e300, 1], [1e7, 2.0], [float("inf"), 0]])
def test_curves_of_absurd_values(tmp_path: Path, values: list[float]) -> None:
    parameter_file(tmp_path / "a.json", ToneCurve=values)
    with pytest.raises(InputError, match="a tone curve"):
        read_record(tmp_path / "a.json")


def test_files_that_are_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[" + b"[]," * (3 << 20) + b"1]")
    for read in (read_json, read_record):
        with pytest.raises(InputError, match=r"larger than \d MiB, not read"):
            read(path)
    assert read_bytes(path, path.stat().st_size)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        read_bytes(path, 10)


def test_lines(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("\ufeffone\u2028 \r\ntwo\n\nthree".encode())
    assert list(read_lines(path, 100)) == ["one\u2028 \r", "two", "", "three"]
    path.write_bytes(b"ok\n" + b"x" * (MOST_LINE + 1))
    assert list(itertools.islice(read_lines(path, 1 << 30), 1)) == ["ok"]
    with pytest.raises(InputError, match="a line is too long"):
        list(read_lines(path, 1 << 30))
    with pytest.raises(InputError, match="the file is too long"):
        list(read_lines(path, 1000))
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="cannot be read"):
        list(read_lines(path, 1000))


def test_a_manifest_that_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"x\n" * 1_000_000)
    with pytest.raises(InputError, match="more bad lines than good ones"):
        read_manifest(tmp_path / "a.jsonl")
    assert len(caplog.records) == 100


@pytest.mark.parametrize("unit", ["<a/>", "<crs:a/>", "<crs:a><rdf:Seq/></crs:a>", "\x01<a/>"])
def test_packets_of_too_many_elements(unit: str) -> None:
    data = packet(unit * 600_000)
    for read in (read_fields, read_facts, lambda data, name: merge_fields(data, {}, name)):
        with pytest.raises(InputError, match="more than 250,000 elements"):
            read(data, "x")


def test_packets_of_many_descriptions_and_fields() -> None:
    data = packet("</D><D>" * 200_000)
    assert read_fields(data, "x") == {}
    read_facts(data, "x")
    assert read_fields(packet("<crs:a/>" * 400_000), "x") == {"a": ""}


def test_packets_of_too_many_stray_bytes() -> None:
    data = packet("text") + b"\xff" * 8_000_000
    assert repaired(data) == data
    with pytest.raises(InputError, match="not XMP"):
        read_fields(data, "x")
