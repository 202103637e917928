"""A RAW file rendered with an edit that is known, without a model."""

import logging
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from imaging.crop import crop_picture, crop_window
from imaging.raw_picture import RawPicture
from imaging.resize import fit_long_side
from model.device import device_name
from params.crop import Crop, Window
from params.files import InputError
from params.look_library import LookLibrary, usual_folders
from params.record import Record
from params.resolved_look import find_look, with_look
from stages.predict.edit_file import edit_of_sliders, read_edit
from stages.predict.settings import RenderSettings

log = logging.getLogger(__name__)


def render_file(settings: RenderSettings) -> Record:
    """Render a RAW file and write the picture, whole or as XMP crops it; the edit it was given.

    Raises:
        InputError: the RAW file, the edit or the profile cannot be read, the picture is there
            already and not to be replaced, or the folder refuses.
    """
    if settings.output.exists() and not settings.overwrite:
        raise InputError(f"{settings.output}: is there already; --overwrite replaces it")
    raw, edit = settings.raw, settings.edit
    looks = LookLibrary([*settings.profiles, *usual_folders()])
    with RawPicture(raw) as picture, ThreadPoolExecutor(1) as pool:
        shot, metadata = picture.shot, picture.metadata
        crop: Crop | None = None
        if isinstance(edit, Path):
            record, crop = read_edit(edit, shot, settings.process, looks)
        else:
            record = edit_of_sliders(edit, shot, settings.process)
        crop = crop if settings.crop else None
        pictures = settings.pictures
        long_side = None
        if pictures.max_size is not None:
            long_side = math.ceil(pictures.max_size / _share(crop, picture))
        decoding = pool.submit(
            picture.linear_prophoto, long_side, record.process, pictures.demosaic
        )
        look = find_look(record.look, looks)
        # Meanwhile what renders is loaded.
        from model.render import render_record
        from stages.predict.write_results import render_pictures, save_pictures

        device = device_name(settings.device)
        pixels = decoding.result()
        orientation = picture.orientation
    window: Window | None = None
    if crop is not None:
        try:
            window = crop_window(crop, pixels.shape[0], pixels.shape[1], orientation)
        except InputError as error:
            log.warning("%s: %s; left out", edit, error)
    rendered = replace(record, params=with_look(record.params, look))
    as_rendered = shot.with_look(look, window)
    files, output = [settings.output], settings.pictures
    if crop is not None and window is not None:  # turned in linear light, before it is encoded
        render_record(pixels, rendered, device, out=pixels, shot=as_rendered)
        pixels = _fit(crop_picture(pixels, crop, orientation), output.max_size)
    else:
        pixels = _fit(pixels, output.max_size)
        pixels = render_pictures(pixels, rendered, files, output, device, as_rendered)
    save_pictures(raw, pixels, record, files, output, metadata, shot)
    return record


def _share(crop: Crop | None, picture: RawPicture) -> float:
    """A crop's long side as a share of the whole picture's; 1 where it can't be cropped so."""
    if crop is None:
        return 1.0
    try:
        window = crop_window(crop, *picture.size, picture.orientation)
    except InputError:
        return 1.0  # which is told where the picture is cropped
    return max(window.height, window.width) / max(picture.size)


def _fit(pixels: np.ndarray, long_side: int | None) -> np.ndarray:
    """Smaller by what rounding, or a crop that was left out, has put on."""
    return pixels if long_side is None else fit_long_side(pixels, long_side)
