"""Memory that is freed is kept for what comes next."""

import numpy as np

_BYTES = 24 << 20


def keep_freed_memory() -> None:
    """Have arrays up to 24 MB come from memory that earlier ones gave back.

    glibc returns each to the system, which clears its pages anew (several times what a sum of two
    arrays takes), until it has seen a large one freed (mallopt(3), M_MMAP_THRESHOLD). Elsewhere
    this does nothing.
    """
    np.empty(_BYTES, np.uint8)
