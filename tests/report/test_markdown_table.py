"""Tables as Markdown."""

from report.markdown_table import markdown_table


def test_a_heading_then_lines_in_which_bars_are_no_borders() -> None:
    lines = [["", "ΔE00"], ["a|b", "1.2"], ["c", ""]]
    assert markdown_table(lines) == "|  | ΔE00 |\n|---|---|\n| a\\|b | 1.2 |\n| c |  |"
