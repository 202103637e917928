"""LPIPS (Zhang 2018), where the optional package and its weights are there."""

import logging
import warnings
from collections.abc import Callable

import numpy as np

from imaging.color import prophoto_to_srgb_preview
from model.edit_layer import to_tensor

log = logging.getLogger(__name__)

Distance = Callable[[np.ndarray, np.ndarray], float]


def load_lpips() -> Distance | None:
    """A function that gives LPIPS (AlexNet) of two linear ProPhoto pictures as sRGB; or None.

    The package brings its own weights; AlexNet's come from the network on first use.
    """
    import torch

    from model.backbones import import_timm

    try:
        import_timm()  # torchvision, which lpips imports too, may need help beside this torch
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import lpips

            model = lpips.LPIPS(net="alex", verbose=False).eval()
    except ImportError:
        return None
    except Exception as error:  # no network, a damaged download
        log.warning("no LPIPS: its weights could not be had: %s", " ".join(str(error).split()))
        return None

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        one, two = (2.0 * to_tensor(prophoto_to_srgb_preview(p)) - 1.0 for p in (a, b))
        with torch.inference_mode():
            return float(model(one, two))

    return distance
