"""imagecodecs as it is, but for ICC profiles of some names."""

from typing import Any

from misdeeds import misbehave, real

module = real("imagecodecs")
cms_transform = module.cms_transform


def transform(data: Any, profile: bytes, outprofile: bytes, **options: Any) -> Any:
    """As imagecodecs.cms_transform; a name is looked for as profiles hold it."""
    for name in ("allocate", "crash", "exit"):
        if name.encode("utf-16-be") in outprofile:
            misbehave(name)
    return cms_transform(data, profile, outprofile, **options)


module.cms_transform = transform
