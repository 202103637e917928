"""What lies around pixels: OpenCV's answers are torch's, at the edges too."""

import numpy as np
import pytest
import torch
from tolerances import FLOAT32

from model.edit.numpy_array import Array
from model.edit.windows import box_mean, largest, smallest, widened

SHAPES = ((2, 3, 13, 17), (1, 1, 1, 9), (1, 2, 5, 1), (1, 1, 1, 1))


def both(shape: tuple[int, ...]) -> tuple[Array, torch.Tensor]:
    values = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    return values.view(Array), torch.from_numpy(values)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("radius", [0, 1, 4, 20])
def test_as_torch(shape: tuple[int, ...], radius: int) -> None:
    array, tensor = both(shape)
    assert np.abs(box_mean(array, radius) - box_mean(tensor, radius).numpy()).max() < FLOAT32
    if radius * 2 < max(shape[2:]):
        assert (largest(array, radius) == largest(tensor, radius).numpy()).all()
        assert (smallest(array, radius) == smallest(tensor, radius).numpy()).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("width", [1, 17, 23, 100])
def test_wider_as_torch(shape: tuple[int, ...], width: int) -> None:
    array, tensor = both(shape)
    found, wanted = widened(array, width), widened(tensor, width)
    assert type(found) is Array
    assert found.shape == tuple(wanted.shape)
    if width >= shape[3]:  # it is never asked to make one narrower
        assert np.abs(found - wanted.numpy()).max() < FLOAT32


def test_beyond_the_edge_nothing_counts() -> None:
    row = np.array([[[[1.0, 2.0, 6.0]]]], np.float32).view(Array)
    assert box_mean(row, 1).ravel().tolist() == [1.5, 3.0, 4.0]
