"""A whole picture edited strip by strip: on the CPU one strip a core, else one after another."""

import functools
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from imaging.row_blocks import each_rows
from jobs.freed_memory import keep_freed_memory
from jobs.torch_threads import kept_threads

# What edits a strip: its pixels 1x3xhxW on the device, and its top row.
Edit = Callable[[Tensor, int], Tensor]
# A strip stays in a core's caches; a GPU wants few and large ones.
CPU_PIXELS = 1 << 16
DEVICE_PIXELS = 1 << 20


def to_tensor(pixels: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """HxWx3 array -> 1x3xHxW float32 tensor."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).to(device).permute(2, 0, 1)[None].float()


def to_pixels(image: Tensor) -> np.ndarray:
    """1x3xHxW tensor -> HxWx3 float32 array."""
    return np.ascontiguousarray(image[0].permute(1, 2, 0).cpu().numpy())


def edit_strips(
    edit: Edit,
    pixels: np.ndarray,
    out: np.ndarray,
    device: torch.device,
    strip_pixels: int | None = None,
) -> None:
    """Write the edit of HxWx3 float32 `pixels` into `out`, which may be `pixels` itself.

    On the CPU in torch.get_num_threads() threads, without Python's lock most of the time.
    """
    height, width = pixels.shape[:2]
    if device.type != "cpu":
        rows = max(1, (strip_pixels or DEVICE_PIXELS) // width)
        for top in range(0, height, rows):
            strip = to_tensor(pixels[top : top + rows], device)
            out[top : top + rows] = to_pixels(edit(strip, top))
        return
    rows = max(1, (strip_pixels or CPU_PIXELS) // width)
    keep_freed_memory()
    work = functools.partial(_edit_on_cpu, edit, pixels, out)
    with kept_threads() as threads:
        each_rows(work, height, rows, threads, start=lambda: torch.set_num_threads(1))


def _edit_on_cpu(edit: Edit, pixels: np.ndarray, out: np.ndarray, top: int, bottom: int) -> None:
    """OpenCV makes planes of pixels, and pixels of planes, in a tenth of torch's time."""
    import cv2

    strip = np.ascontiguousarray(pixels[top:bottom], dtype=np.float32)
    planes = np.empty((3, *strip.shape[:2]), np.float32)
    cv2.split(strip, list(planes))
    edited = edit(torch.from_numpy(planes)[None], top)[0].contiguous().numpy()
    place = out[top:bottom]
    merged = place if place.flags.c_contiguous else np.empty_like(strip)
    cv2.merge(list(edited), merged)
    if merged is not place:
        place[...] = merged
