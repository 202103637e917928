"""LPIPS where the package is there, in the way it wants to be asked; nothing where it isn't."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from simulated import scene

from imaging.color import prophoto_to_srgb_preview
from model.lpips_distance import load_lpips


class Model:
    """Stands for lpips.LPIPS: takes sRGB in -1..1, Bx3xHxW."""

    def __init__(self, net: str, verbose: bool) -> None:
        assert net == "alex"

    def eval(self) -> "Model":
        return self

    def __call__(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        assert a.shape == b.shape == (1, 3, 40, 60)
        assert -1.0 <= a.min() < -0.2
        return ((a - b) ** 2).mean().reshape(1, 1, 1, 1)


def test_pictures_are_given_as_srgb_from_minus_one_to_one(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "lpips", SimpleNamespace(LPIPS=Model))
    distance = load_lpips()
    assert distance is not None
    a, b = scene(0, 40, 60) * 0.3, scene(1, 40, 60)
    wanted = 4.0 * np.mean((prophoto_to_srgb_preview(a) - prophoto_to_srgb_preview(b)) ** 2)
    assert distance(a, b) == pytest.approx(wanted, rel=1e-4)


def test_without_the_package_or_its_weights(monkeypatch, caplog) -> None:
    monkeypatch.setitem(sys.modules, "lpips", None)
    assert load_lpips() is None
    assert not caplog.records

    def offline(**_: object) -> Model:
        raise OSError("no\nnetwork")

    monkeypatch.setitem(sys.modules, "lpips", SimpleNamespace(LPIPS=offline))
    assert load_lpips() is None
    assert "no LPIPS: its weights could not be had: no network" in caplog.text
