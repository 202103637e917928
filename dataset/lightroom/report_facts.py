"""What an import found, counted: how much is held, what is left out, what is a preset."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataset.lightroom.edit import Edit
from dataset.style_preset import constant_settings
from params.panels import PANELS
from params.ranges import SLIDER_NAMES
from params.style_settings import corrects_lens
from params.unsupported import DEFAULT_LOOKS, DEFAULT_PROFILES
from params.usage import CONSTANT, VARYING, Usage, usage_of
from params.white_balance import WHITE
from params.xmp_curve import IDENTITY

WHITE_BALANCE, BASIC, CURVE = "white balance", "basic sliders", "point curve"
# What is left out, but is no part of how a picture looks: it stays where it is, in Lightroom.
_PROFILE = "camera profile"
_STAYS = frozenset(("crop", "perspective", "retouching", _PROFILE))
_TITLES = {"detail_presence": "texture, clarity, dehaze", "curves": "curves of colours"}


@dataclass(frozen=True)
class Count:
    """Pictures with one thing, and how many of them: held whole for what is held, visibly for what
    is left out.
    """

    what: str
    pictures: int
    of_them: int


@dataclass(frozen=True)
class ImportFacts:
    """The edits that were taken, counted.

    taken, whole: pictures, and those that are held whole, to the eye.
    panels: what is held, by panel. lost: what is left out, by kind. Most pictures first.
    kept: settings that are kept for Lightroom and not rendered: (what, pictures).
    looks: creative looks but for Lightroom's default, (name, pictures).
    usage: of the sliders and curves, by name.
    settings: fields of params.style_settings that nearly all pictures have at one value.
    """

    taken: int
    whole: int
    panels: tuple[Count, ...] = ()
    lost: tuple[Count, ...] = ()
    kept: tuple[tuple[str, int], ...] = ()
    looks: tuple[tuple[str, int], ...] = ()
    usage: Mapping[str, Usage] | None = None
    settings: Mapping[str, str] | None = None

    def names(self, kind: str) -> list[str]:
        """The sliders and curves of a kind of params.usage, the most moved first."""
        usage = self.usage or {}
        found = [name for name, use in usage.items() if use.kind == kind]
        return sorted(found, key=lambda name: -usage[name].moved * usage[name].acting)

    @property
    def not_learnt(self) -> list[Count]:
        """Of what is left out that by which a picture looks another."""
        return [row for row in self.lost if row.what not in _STAYS]

    @property
    def stays(self) -> list[tuple[str, int]]:
        """What stays in Lightroom as it is, (what, pictures): lens, profile, crop, perspective …"""
        others = [r for r in self.lost if r.what in _STAYS and r.what != _PROFILE]  # kept by name
        return [*self.kept, *((row.what, row.pictures) for row in others)]

    @property
    def constants(self) -> list[str]:
        return self.names(CONSTANT)

    @property
    def varying(self) -> list[str]:
        return self.names(VARYING)


def facts_of(taken: Sequence[Edit], params: Sequence[Mapping[str, Any]] = ()) -> ImportFacts:
    """Count the edits that were taken; params: those of their parameter files, where there are."""
    used, used_whole = Counter[str](), Counter[str]()
    lost, visible = Counter[str](), Counter[str]()
    kept, looks = Counter[str](), Counter[str]()
    whole_pictures = 0
    for edit in taken:
        matters = {one.what for one in edit.lost if one.matters}
        panels = used_panels(edit)
        used.update(panels)
        if not matters:
            whole_pictures += 1
            used_whole.update(panels)
        lost.update({one.what for one in edit.lost})
        visible.update(matters)
        kept.update(_kept(edit))
        if edit.look is not None and edit.look.name not in DEFAULT_LOOKS:
            looks[edit.look.name or edit.look.uuid] += 1
    return ImportFacts(
        len(taken),
        whole_pictures,
        tuple(Count(what, n, used_whole[what]) for what, n in used.most_common()),
        tuple(Count(what, n, visible[what]) for what, n in lost.most_common()),
        tuple(kept.most_common()),
        tuple(looks.most_common()),
        usage_of(params) if params else None,
        constant_settings([edit.style for edit in taken]) if taken else None,
    )


def used_panels(edit: Edit) -> list[str]:
    """What an edit's parameter file holds off neutral, in words."""
    settings = edit.settings
    used = []
    if settings.white_balance not in (None, "As Shot") or (
        settings.white_balance is None and "Temperature" in settings.sliders
    ):
        used.append(WHITE_BALANCE)
    if any(settings.sliders.get(name) for name in SLIDER_NAMES if name not in WHITE):
        used.append(BASIC)
    if settings.curve not in (None, IDENTITY):
        used.append(CURVE)
    return used + other_panels(edit)


def other_panels(edit: Edit) -> list[str]:
    """The panels that an edit's parameter file holds beside the basic sliders and the curve."""
    names = {*edit.settings.panels, *edit.settings.curves}
    return [
        _title(panel.name)
        for panel in PANELS.values()
        if any(name in names for name in (*panel.neutral, *panel.curves))
    ]


def _title(panel: str) -> str:
    return _TITLES.get(panel, panel.replace("_", " ").replace("color", "colour"))


def _kept(edit: Edit) -> list[str]:
    profile = edit.style.get("CameraProfile", "")
    found = ["lens profile"] if corrects_lens(edit.style) else []
    if edit.style.get("AutoLateralCA") == "1":
        found.append("chromatic aberration")
    if profile not in DEFAULT_PROFILES:
        found.append(f"camera profile {profile}")
    return found
