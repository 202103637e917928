"""tifffile as it is, but for TIFFs of some names."""

from typing import Any

from misdeeds import misbehave, real

module = real("tifffile")
TiffFile = module.TiffFile


def read(file: Any) -> Any:
    """As tifffile.TiffFile, of an open file."""
    if str(file.name).endswith(".tif"):
        misbehave(file.name)
    return TiffFile(file)


module.TiffFile = read
