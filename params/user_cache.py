"""The user's own cache folder: what can be made again, and is made by nobody else."""

import os
from pathlib import Path

VARIABLE = "AUTO_ACR_CACHE"


def user_cache() -> Path:
    """$AUTO_ACR_CACHE, else auto_acr in $XDG_CACHE_HOME or ~/.cache. It need not exist."""
    if own := os.environ.get(VARIABLE):
        return Path(own).absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if os.path.isabs(cache) else Path.home() / ".cache") / "auto_acr"
