import pytest
import torch

from model.nearest_edits import NearestEdits


def test_the_mean_of_the_nearest() -> None:
    features = torch.tensor([[0.0, 0.0], [0.0, 1.0], [10.0, 0.0], [10.0, 1.0]])
    edits = {
        "Exposure2012": torch.tensor([0.1, 0.3, -0.5, -0.7]),
        "ToneCurve": torch.arange(8.0).reshape(4, 2),
    }
    nearest = NearestEdits(features, edits, k=2)
    found = nearest(torch.tensor([[9.0, 0.4], [1.0, 0.5]]))
    assert found["Exposure2012"].tolist() == pytest.approx([-0.6, 0.2])
    assert found["ToneCurve"].tolist() == [[5.0, 6.0], [1.0, 2.0]]


def test_each_feature_counts_in_its_spread() -> None:
    """The second feature is a thousand times larger and says no more."""
    features = torch.tensor([[0.0, 0.0], [1.0, 1000.0]])
    nearest = NearestEdits(features, {"Tint": torch.tensor([0.0, 1.0])}, k=1)
    assert nearest(torch.tensor([[1.0, 400.0], [0.0, 600.0]]))["Tint"].tolist() == [1.0, 0.0]


def test_k_is_chosen_by_leaving_one_out() -> None:
    generator = torch.Generator().manual_seed(0)
    place = torch.linspace(0.0, 1.0, 40)[:, None]
    # A smooth law without noise: the nearest two enclose a picture, more only blur.
    smooth = NearestEdits(place, {"Tint": place[:, 0]})
    assert smooth.k == 2
    # No law at all: the more the better.
    noise = torch.randn(40, generator=generator)
    assert NearestEdits(place, {"Tint": noise}).k >= 6
    assert NearestEdits(place[:3], {"Tint": noise[:3]}).k <= 2
    with pytest.raises(ValueError, match="at least 2"):
        NearestEdits(place[:1], {"Tint": noise[:1]})
