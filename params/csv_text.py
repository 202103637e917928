"""Tables as CSV, as all that we write are: commas, a heading, and line feeds."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> str:
    """A table's text, in which letters of file names that no encoding has are "?".

    rows: cells in the columns' order, or by their names: a name that is lacking is an empty cell,
        one that is no column is left out.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = [row.get(name, "") for name in columns] if isinstance(row, Mapping) else row
        writer.writerow(cells)
    return text.getvalue().encode("utf-8", "replace").decode()
