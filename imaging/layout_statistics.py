"""Numbers of where in a picture it is light, coloured and busy, left and right taken together."""

import numpy as np

from imaging.small_picture import SmallPicture

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("centre", "sides")


def layout_statistics(picture: SmallPicture) -> dict[str, float]:
    """By name, of three rows, and of the middle half of each and its two sides."""
    stops, lab = picture.stops, picture.lab / 100.0
    planes = {"stops": stops, "lightness": lab[..., 0], "a": lab[..., 1], "b": lab[..., 2]}
    height, width = stops.shape
    quarter = width // 4
    values = {}
    for i, row in enumerate(_ROWS):
        # At least one pixel high: of a smaller picture the rows are the same.
        first = min(i * height // 3, height - 1)
        rows = slice(first, max((i + 1) * height // 3, first + 1))
        centre = np.zeros(width, bool)
        centre[quarter : width - quarter] = True
        for column in _COLUMNS:
            columns = centre if column == "centre" or centre.all() else ~centre
            for name, plane in planes.items():
                values[f"{row}_{column}_{name}"] = float(plane[rows][:, columns].mean())
            busy = float(lab[rows][:, columns, 0].std())
            values[f"{row}_{column}_deviation"] = busy
    return values
