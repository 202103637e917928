"""Tables as CSV."""

import csv

from params.csv_text import csv_text


def test_rows_of_cells_and_of_names() -> None:
    rows = [("a, b", 'say "x"'), {"two": 2.5, "three": "left out"}]
    text = csv_text(["one", "two"], rows)
    assert text == 'one,two\n"a, b","say ""x"""\n,2.5\n'
    assert list(csv.DictReader(text.splitlines()))[1] == {"one": "", "two": "2.5"}


def test_names_that_are_no_text_can_be_written() -> None:
    assert csv_text(["file"], [("\udcff.dng",)]).encode() == b"file\n?.dng\n"
