"""rawpy as it is, but for files of some names."""

from typing import Any

from misdeeds import misbehave, real

module = real("rawpy")
imread = module.imread


def read(file: Any) -> Any:
    """As rawpy.imread, of an open file."""
    misbehave(file.name)
    return imread(file)


module.imread = read
