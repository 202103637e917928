import pytest
import torch

from model.mean_edit import mean_edit

T = torch.tensor


def test_hues_are_averaged_on_their_circle() -> None:
    """350 and 10 degrees make 0 (-1 or 1), and what is not toned has no say."""
    edits = {
        "SplitToningShadowHue": T([350.0, 10.0, 180.0]) / 180.0 - 1.0,
        "SplitToningShadowSaturation": T([0.0, 0.0, -1.0]),
        "Tint": T([0.0, 0.3, 0.6]),
    }
    mean = mean_edit(edits)
    assert abs(mean["SplitToningShadowHue"].item()) == pytest.approx(1.0, abs=1e-5)
    assert mean["Tint"].item() == pytest.approx(0.3)
    nothing = mean_edit(edits | {"SplitToningShadowSaturation": T([-1.0, -1.0, -1.0])})
    assert nothing["SplitToningShadowHue"].isfinite()
