"""Whether pictures are decoded in processes of their own, as they usually are."""

import os
import sys

# "1" has pictures decoded in the process that asks, whose end a decoder's crash then is.
VARIABLE = "AUTO_ACR_IN_PROCESS"


def decodes_here() -> bool:
    """Whether this process decodes by itself: asked to, or on Windows, where it always does."""
    return os.environ.get(VARIABLE) == "1" or os.name != "posix" or not sys.executable


def decode_here() -> None:
    """Have this process, and those that it starts, decode by themselves."""
    os.environ[VARIABLE] = "1"
