"""The default rendering without torch: the edit layer's, pixel by pixel."""

import numpy as np
import pytest
from simulated import scene

from imaging.camera import Shot
from imaging.default_rendering import default_rendering
from model.edit_layer import render
from params.ranges import neutral_params
from params.rendering import SDK, Rendering


@pytest.mark.parametrize("rendering", [Rendering(), Rendering(exposure=0.5, base=SDK)])
def test_is_what_the_edit_layer_renders(rendering: Rendering) -> None:
    linear = scene(2, 30, 45)
    linear[0, :10] = 0.0
    linear[1, :10] = 1.0
    linear[2] = linear[2].mean(axis=-1, keepdims=True)  # greys
    theirs = render(linear, neutral_params(), process=2, shot=Shot(None, None, rendering))
    ours = default_rendering(linear, rendering)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=2e-4)
