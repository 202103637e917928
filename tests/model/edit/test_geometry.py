"""Vignettes and grain of strips are the whole picture's, and a proxy's the full one's."""

import pytest
import torch
import torch.nn.functional as F

from imaging.crop import crop_picture, crop_window
from model.edit.geometry import Place
from model.edit.grain import grain
from model.edit.vignette import vignette, vignette_mask
from params.crop import Crop
from report.camera_raw_readings import slider

SHAPE = (61, 83)
VIGNETTE = {
    "PostCropVignetteAmount": slider(-60.0),
    "PostCropVignetteRoundness": slider(30.0),
}
GRAIN = {"GrainAmount": slider(40.0), "GrainSize": slider(35.0), "GrainFrequency": slider(70.0)}


def finished(image: torch.Tensor, place: Place) -> torch.Tensor:
    dark = vignette(image, vignette_mask(place.frame(image), VIGNETTE), VIGNETTE, 2)
    return grain(dark, GRAIN, place.grain(image, GRAIN, seed=11))


@pytest.mark.parametrize("height", [1, 2, 7, 30, 60, 61])
def test_strips_are_as_the_whole(height: int) -> None:
    image = torch.rand(1, 3, *SHAPE, generator=torch.Generator().manual_seed(1)).double()
    whole = finished(image, Place())
    place = Place()
    strips = [
        finished(image[:, :, top : top + height], place.strip(top, SHAPE[0]))
        for top in range(0, SHAPE[0], height)
    ]
    assert float((torch.cat(strips, dim=2) - whole).abs().max()) < 1e-7
    assert not torch.allclose(whole, image)


def test_the_place_matters() -> None:
    image = torch.full((1, 3, 5, 83), 0.4)
    top, middle = (finished(image, Place(at, 61)) for at in (0, 28))
    assert float((top - middle).abs().mean()) > 0.01


def test_grain_is_of_the_seed() -> None:
    image = torch.zeros(1, 3, 40, 50)
    place = Place()
    first = place.grain(image, GRAIN, 3)
    assert torch.equal(first, place.grain(image, GRAIN, 3))
    assert not torch.allclose(first, place.grain(image, GRAIN, 4))


def test_pictures_of_a_batch_have_their_own_size_of_grain() -> None:
    image = torch.zeros(2, 3, 40, 50)
    sizes = torch.tensor([10.0, 90.0])
    place = Place(0, 40, 5000)
    both = place.grain(image, {"GrainSize": sizes}, 3)
    assert both.shape == (2, 1, 40, 50)
    for i in (0, 1):
        alone = place.grain(image[:1], {"GrainSize": sizes[i : i + 1]}, 3)
        assert torch.equal(both[i : i + 1], alone)
    assert place.grain(image, {}, 3).shape == (1, 1, 40, 50)


@pytest.mark.parametrize("size", [0.0, 25.0, 60.0, 100.0])
@pytest.mark.parametrize("times", [2, 6, 12])
def test_a_proxy_shows_the_full_pictures_grain_reduced(size: float, times: int) -> None:
    """As strong as the mean over its pixels, and the same where grains are larger than these."""
    side = 1152
    p = {"GrainSize": slider(size)}
    # The cells are those of a picture six times as long, of which this is a part.
    full = Place(0, 6 * side).grain(torch.zeros(1, 3, side, side), p, 5)
    mean = F.avg_pool2d(full, times)
    small = Place(0, 6 * side // times, 6 * side).grain(torch.zeros(*mean.shape), p, 5)
    assert float(small.std() / mean.std()) == pytest.approx(1.0, abs=0.15)
    alike = torch.corrcoef(torch.stack([small.flatten(), mean.flatten()]))[0, 1]
    grains = (0.0003 + 0.0012 * size * 0.01) * 6 * side / times  # their side in such pixels
    assert float(alike) > (0.9 if grains > 1.5 else 0.4 if grains > 0.4 else 0.05)


@pytest.mark.parametrize("times", [2, 5])
def test_a_proxy_shows_the_full_pictures_vignette(times: int) -> None:
    full = Place().frame(torch.zeros(1, 3, 300, 400))
    small = Place().frame(torch.zeros(1, 3, 300 // times, 400 // times))
    mean = F.avg_pool2d(vignette_mask(full, VIGNETTE), times)
    assert float((mean - vignette_mask(small, VIGNETTE)).abs().max()) < 0.01


@pytest.mark.parametrize("angle", [0.0, 12.0])
def test_a_vignette_is_fitted_into_the_crop(angle: float) -> None:
    """A strip of the whole picture, cropped afterwards, is as the vignette on the crop alone."""
    crop = Crop(0.2, 0.1, 0.9, 0.8, angle)
    window = crop_window(crop, 200, 300)
    image = torch.full((1, 3, 200, 300), 0.5, dtype=torch.float64)
    place = Place(window=window)
    strips = [
        vignette(part, vignette_mask(place.strip(top, 200).frame(part), VIGNETTE), VIGNETTE, 2)
        for top, part in zip((0, 70, 140), image.split(70, dim=2), strict=True)
    ]
    whole = torch.cat(strips, dim=2)[0].permute(1, 2, 0).float().numpy()
    found = crop_picture(whole, crop)
    alone = image[:, :, : window.height, : window.width]
    wanted = vignette(alone, vignette_mask(Place().frame(alone), VIGNETTE), VIGNETTE, 2)
    miss = abs(found - wanted[0].permute(1, 2, 0).numpy())
    assert miss.max() < 0.003
    assert miss.mean() < 2e-4
