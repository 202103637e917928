"""What edit process 2 knows of a picture beside its pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from imaging.camera import Shot
from model.edit.arrays import Values, cat, like, quantiles, without_gradients
from model.edit.base_rendering import SIZE, Base, apply_base, base_tables
from model.edit.geometry import Place
from model.edit.hue_sat import Maps
from model.edit.local_base import LocalBase, local_base, luma_stops, luminance, thinned
from model.edit.lookup import rooted_greys, rooted_lookup
from model.edit.surroundings import Surroundings
from model.edit.tone_maps import contrast_pivot
from model.edit.tone_tables import luminance_to_lightness
from model.edit.whites_lift import lift_strength
from model.edit.whole import Whole
from params.relative_white import RelativeWhite, matrices
from params.resolved_look import ResolvedLook


@dataclass(frozen=True)
class Scene(Whole):
    """Of whole pictures; for a strip of them, see strip().

    whites: the white balance of each picture.
    exposure: [B], BaselineExposure in EV.
    bases: each one's base rendering.
    curves: [B, SIZE], what its profile's tone curve adds to greys, for
        model.edit.hue_preserving.tone_map.
    pivot: [B], the display value that Contrast leaves.
    base: the base layer of Highlights and Shadows.
    lift: [B], how much Whites + lifts each, see model.edit.whites_lift.
    hue_sat, look: the tables of its camera profile, for model.edit.hue_sat.apply_maps.
    creative: the look on top of it, for model.edit.looks.
    place: where the pixels lie in the picture.
    surroundings: what Clarity, Texture and Dehaze know of the pictures.
    pixels: the scene's at hand, as shot.
    tables: those of one edit (model.edit.process_2.Tables), to share among its strips.
    """

    whites: tuple[RelativeWhite, ...]
    exposure: Values
    bases: tuple[Base, ...]
    curves: Values
    pivot: Values
    base: LocalBase
    lift: Values
    hue_sat: tuple[Maps, ...]
    look: tuple[Maps, ...]
    creative: tuple[ResolvedLook | None, ...]
    place: Place = Place()  # noqa: RUF009  it is frozen
    surroundings: Surroundings | None = None
    pixels: Values | None = None
    tables: Any = None

    def strip(self, top: int, height: int) -> "Scene":
        """For rendering the rows from `top` on of pictures `height` pixels tall."""
        place = self.place.strip(top, height)
        return replace(self, base=self.base.strip(top, height), place=place)

    def of(self, image: Values) -> "Scene":
        """For the steps of an edit on these pixels of them, or of the strip."""
        return replace(self.at(self.base.distances(image)), pixels=image)

    @property
    def stops(self) -> Values:
        """log2 luma of the pixels at hand, Bx1xHxW."""
        assert self.pixels is not None
        return luma_stops(self.pixels)

    def near(self, what: str) -> tuple[Values, LocalBase]:
        """Of the pixels at hand, Bx1xHxW, and of the pictures: a base layer of `surroundings`.

        Raises:
            ValueError: the pixels are a sample, whose surroundings are not known.
        """
        if self.surroundings is None or self.pixels is None:
            raise ValueError("Clarity, Texture and Dehaze need whole pictures")
        base: LocalBase = getattr(self.surroundings, what)
        if self.base.rows is not None:
            base = base.strip(*self.base.rows)
        return base.distances(self.pixels), base

    def at(self, distance: Values) -> "Scene":
        """As of(): `distance` is what base.distances() says of the pixels."""
        return replace(self, base=self.base.at(distance))

    def pick(self, rows: Values, every: int = 1) -> "Scene":
        """The pictures of these rows of the batch (a row may come up again).

        Of pixels (see at()), every n-th.
        """
        listed = rows.tolist()
        distance = self.base.distance
        base = replace(
            self.base,
            coefficients=self.base.coefficients[rows],
            median=self.base.median[rows],
            wide=self.base.wide[rows],
            distance=None if distance is None else distance[rows, :, ::every],
        )
        return Scene(
            tuple(self.whites[i] for i in listed),
            self.exposure[rows],
            tuple(self.bases[i] for i in listed),
            self.curves[rows],
            self.pivot[rows],
            base,
            self.lift[rows],
            tuple(self.hue_sat[i] for i in listed),
            tuple(self.look[i] for i in listed),
            tuple(self.creative[i] for i in listed),
            self.place,
        )


def scene_of(image: Values, shots: Sequence[Shot | None] = ()) -> Scene:
    """The scene of whole pictures.

    Args:
        image: Bx3xHxW linear ProPhoto, as-shot white balance; a proxy will do.
        shots: what is known of each picture's camera. Where nothing is: 6500 K as shot and
            the default rendering.
    """
    known = [shot or Shot(None, None) for shot in shots or [None] * len(image)]
    if len(known) != len(image):
        raise ValueError(f"{len(known)} shots for {len(image)} pictures")
    greys = rooted_greys(SIZE)
    curves = image.new_tensor(np.stack([shot.rendering.tone(greys) - greys for shot in known]))
    exposure = image.new_tensor([shot.rendering.base_exposure for shot in known])
    bases = tuple(Base(shot.rendering.base, shot.rendering.shadows) for shot in known)
    based = _based(image, exposure, bases)
    light = luminance(based)
    return Scene(
        tuple(RelativeWhite(shot.color, shot.neutral) for shot in known),
        exposure,
        bases,
        curves,
        contrast_pivot(light),
        local_base(image, exposure),
        _lift(light, curves),
        tuple(shot.rendering.hue_sat for shot in known),
        tuple(shot.rendering.look for shot in known),
        tuple(shot.rendering.creative for shot in known),
        Place(window=known[0].rendering.window if len(known) == 1 else None),
        Surroundings(image, based, curves),
    )


@without_gradients
def _based(image: Values, exposure: Values, bases: Sequence[Base]) -> Values:
    return apply_base(image, base_tables(exposure, bases), bases)


def _lift(light: Values, curves: Values) -> Values:
    """How much Whites + lifts each picture: by its 99th percentile in the default rendering.

    light: Bx1xhxw luminance before the tone curves.
    """
    (bright,) = quantiles(thinned(light).flatten(1), [0.99])
    rendered = np.array((bright[:, None] + rooted_lookup(curves, bright[:, None]))[:, 0].tolist())
    return light.new_tensor(lift_strength(luminance_to_lightness(rendered)))


def join(scenes: Sequence[Scene]) -> Scene:
    """Scenes of sampled pixels (see Scene.at) as one batch."""
    bases = [scene.base for scene in scenes]
    distances = [base.distance for base in bases if base.distance is not None]
    base = LocalBase(
        bases[0].median.new_zeros(len(scenes), 4, 1, 1),
        cat([base.median for base in bases]),
        cat([base.wide for base in bases]),
        distance=cat(distances),
    )
    return Scene(
        tuple(white for scene in scenes for white in scene.whites),
        cat([scene.exposure for scene in scenes]),
        tuple(base for scene in scenes for base in scene.bases),
        cat([scene.curves for scene in scenes]),
        cat([scene.pivot for scene in scenes]),
        base,
        cat([scene.lift for scene in scenes]),
        tuple(maps for scene in scenes for maps in scene.hue_sat),
        tuple(maps for scene in scenes for maps in scene.look),
        tuple(look for scene in scenes for look in scene.creative),
    )


def light_shares(whites: Sequence[RelativeWhite], temperature: Any) -> Any:
    """The first calibration illuminant's part [B] in each picture's colour, at these kelvin [B]."""
    slope, offset = zip(*(white.share() for white in whites), strict=True)
    share = temperature.new_tensor(slope) * (1.0 / temperature) + temperature.new_tensor(offset)
    return share.clamp(0.0, 1.0)


def white_matrices(whites: Sequence[RelativeWhite], temperature: Any, tint: Any) -> Any:
    """The matrices [B, 3, 3] of kelvin and tint [B], with their derivatives."""
    if isinstance(temperature, np.ndarray):
        return like(matrices(whites, temperature.tolist(), tint.tolist()), temperature)
    from model.edit.white_gradients import white_matrices_with_gradients

    return white_matrices_with_gradients(whites, temperature, tint)
