"""What the steps of an edit have to know of the whole picture, beside the pixel they are at."""

from typing import Self

from model.edit.arrays import Values

# What an edit has to know of the whole picture is taken from it at this size, so that a strip
# of the full-size picture renders as it does in the proxy.
PROXY_LONG_SIDE = 512


class Whole:
    """Of whole pictures; here, of something that is the same at every pixel."""

    def strip(self, top: int, height: int) -> Self:
        """For rendering the rows from `top` on of pictures `height` pixels tall."""
        return self

    def of(self, image: Values) -> Self:
        """For the steps of an edit on these pixels, Bx3xHxW of the pictures or of a strip."""
        return self
