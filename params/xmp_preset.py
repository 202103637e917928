"""An edit as a Lightroom preset: XMP that sets some fields and leaves all others alone.

Form as in presets that Lightroom Classic and Camera Raw wrote: PresetType, Cluster, UUID and the
Supports fields as attributes, Name and Group as rdf:Alt in the language x-default.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from params.curve_points import choose_points
from params.edit_process import DEFAULT_PROCESS, EditProcess, edit_process
from params.panels import MASTER_CURVE, panel_curves, panel_sliders
from params.ranges import CURVE_NAME, SLIDERS, decimals
from params.record import limit_params
from params.style_settings import STYLE_FIELDS
from params.unsupported import Look
from params.white_balance import WHITE
from params.xmp import CURVE_TOLERANCE, PROCESS_VERSION
from params.xmp_curve import Point, wanted_curve
from params.xmp_packet import CRS, RDF, Field, descriptions, merge_fields, packet_of, parse_packet
from params.xmp_panels import panel_fields
from params.xmp_text import point_texts, signed

DEFAULT_GROUP = "Auto ACR"
# A profile's digest is that of one camera's file; versions are the preset's own.
_OTHERS_OWN = frozenset(("CameraProfileDigest", "Version", "ProcessVersion"))
_SUPPORTS = (
    *("Amount", "Color", "Monochrome", "HighDynamicRange", "NormalDynamicRange"),
    *("SceneReferred", "OutputReferred"),
)
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def preset_of(
    params: Mapping[str, Any],
    name: str,
    group: str = DEFAULT_GROUP,
    *,
    process: int = DEFAULT_PROCESS,
    style: Mapping[str, str] | None = None,
    look: Look | None = None,
) -> bytes:
    """A preset that sets what `params` holds, and nothing else.

    White balance is never set: an edit's is relative to each shot, and a preset's is not.

    Args:
        params: sliders in Camera Raw's units and curves, some of an edit's.
        name, group: what Lightroom shows; the same name, group and settings have the same UUID.
        process: number of the edit process of the params.
        style: fields of params.style_settings to set as well.
        look: the creative look to set.
    """
    from lxml import etree

    holds = edit_process(process)
    fields = {
        **_edit_fields(params, holds),
        **{
            key: text
            for key, text in (style or {}).items()
            if key in STYLE_FIELDS and key not in _OTHERS_OWN
        },
    }
    facts = json.dumps([name, group, sorted(fields.items()), look])
    head: dict[str, Field] = {
        "PresetType": "Normal",
        "Cluster": "",
        "UUID": hashlib.sha256(facts.encode()).hexdigest()[:32].upper(),
        **{f"Supports{what}": "True" for what in _SUPPORTS},
        "CameraModelRestriction": "",
        "Copyright": "",
        "ContactInfo": "",
        "Version": PROCESS_VERSION,
        "ProcessVersion": PROCESS_VERSION,
        "HasSettings": "True",
    }
    root = parse_packet(merge_fields(None, head | fields, "preset"), "preset")
    top = next(descriptions(root, "preset"))
    texts = {"Name": name, "ShortName": "", "SortName": "", "Group": group, "Description": ""}
    for key, text in texts.items():
        alternatives = etree.SubElement(etree.SubElement(top, f"{{{CRS}}}{key}"), f"{{{RDF}}}Alt")
        item = etree.SubElement(alternatives, f"{{{RDF}}}li")
        item.set(_LANGUAGE, "x-default")
        item.text = _legal(text)
    if look is not None:
        inner = etree.SubElement(etree.SubElement(top, f"{{{CRS}}}Look"), f"{{{RDF}}}Description")
        known = {"Name": _legal(look.name), "Amount": f"{look.amount:.6f}", "UUID": look.uuid}
        for key, text in known.items():
            if text:
                inner.set(f"{{{CRS}}}{key}", text)
    return packet_of(root)


def _edit_fields(params: Mapping[str, Any], holds: EditProcess) -> dict[str, Field]:
    """The fields that an edit's params set: of the basic sliders those that are there."""
    neutral = {slider.name: slider.neutral for slider in SLIDERS}
    limited = limit_params({**neutral, CURVE_NAME: [0.0, 1.0], **params}, holds)

    def points_of(values: Sequence[float], what: str) -> list[Point]:
        wanted = wanted_curve(values, holds.number)
        return choose_points(wanted, CURVE_TOLERANCE, holds.free_curve)[0]

    fields: dict[str, Field] = {
        slider.name: signed(limited[slider.name], decimals(slider.name))
        for slider in SLIDERS
        if slider.name in params and slider.name not in WHITE
    }
    if CURVE_NAME in params:
        points = points_of(limited[CURVE_NAME], "tone curve")
        fields |= {"ToneCurveName2012": "Custom", MASTER_CURVE: point_texts(points)}
    return fields | panel_fields(limited, holds.panels, {}, points_of)


def set_names(params: Mapping[str, Any], process: int = DEFAULT_PROCESS) -> list[str]:
    """The sliders and curves of params that preset_of() sets."""
    holds = edit_process(process)
    names = [*(s.name for s in SLIDERS if s.name not in WHITE), CURVE_NAME]
    names += [slider.name for slider in panel_sliders(holds.panels)]
    return [name for name in (*names, *panel_curves(holds.panels)) if name in params]


def _legal(text: str) -> str:
    """Text without what XML refuses."""
    return "".join(c if c.isprintable() else " " for c in text)
