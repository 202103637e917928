"""What the steps of an edit have to know of the whole picture, beside the pixel they are at."""

from typing import Self

from model.edit.arrays import Values


class Whole:
    """Of whole pictures; here, of something that is the same at every pixel."""

    def strip(self, top: int, height: int) -> Self:
        """For rendering the rows from `top` on of pictures `height` pixels tall."""
        return self

    def of(self, image: Values) -> Self:
        """For the steps of an edit on these pixels, Bx3xHxW of the pictures or of a strip."""
        return self
