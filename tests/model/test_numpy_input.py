"""A model's input by NumPy is what it is by torch."""

import numpy as np
import pytest

from model.numpy_input import preview_to_input
from model.preprocess import preview_to_tensor


@pytest.mark.parametrize("shape", [(341, 512), (512, 288), (20, 33), (16, 16), (224, 224)])
@pytest.mark.parametrize("size", [32, 48, 224])
def test_the_same_as_torch(shape: tuple[int, int], size: int) -> None:
    preview = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = preview_to_input(preview, size)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, preview_to_tensor(preview, size).numpy(), atol=2e-6)


def test_floats_are_rounded_as_a_file_does() -> None:
    preview = np.random.default_rng(0).uniform(-0.1, 1.1, (40, 50, 3))
    preview[0, 0] = np.nan
    stored = np.rint(np.nan_to_num(preview).clip(0.0, 1.0) * 255.0).astype(np.uint8)
    np.testing.assert_array_equal(preview_to_input(preview, 16), preview_to_input(stored, 16))


def test_what_is_no_picture() -> None:
    with pytest.raises(ValueError, match="a preview is HxWx3"):
        preview_to_input(np.zeros((8, 8)), 16)
