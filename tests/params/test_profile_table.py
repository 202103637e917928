"""A profile's table from the numbers of its tags."""

from typing import Any

import numpy as np
import pytest

from params.profile_table import MOST_ENTRIES, profile_table

NAN = float("nan")


def numbers(hues: int, saturations: int, values: int) -> np.ndarray:
    """Entries in the order of the specification: saturation runs fastest, then hue, then value."""
    return np.array(
        [
            (10.0 * hue, 1.0 + 0.1 * saturation, 1.0 + 0.01 * value if saturation else 1.0)
            for value in range(values)
            for hue in range(hues)
            for saturation in range(saturations)
        ]
    )


def test_the_order_of_the_entries() -> None:
    table = profile_table((4, 3, 2), numbers(4, 3, 2), (1,))
    assert table.entries.shape == (2, 4, 3, 3)
    assert table.entries[1, 3, 2] == pytest.approx([30.0, 1.2, 1.01])
    assert table.entries[0, 2, 1] == pytest.approx([20.0, 1.1, 1.0])
    assert table.encoded


def test_one_value_is_never_encoded() -> None:
    for dims in ((4, 3), (4, 3, 1)):
        table = profile_table(dims, numbers(4, 3, 1), (1,))
        assert table.entries.shape == (1, 4, 3, 3)
        assert not table.encoded


def test_greys_keep_their_value() -> None:
    given = numbers(4, 3, 1)
    given[0::3, 2] = 0.5
    assert profile_table((4, 3), given).entries == pytest.approx(
        profile_table((4, 3), numbers(4, 3, 1)).entries
    )


def test_left_out_greys_are_as_the_next_saturation() -> None:
    whole = numbers(4, 3, 2).reshape(2, 4, 3, 3)
    table = profile_table((4, 3, 2), whole[:, :, 1:])
    assert table.entries[:, :, 1:] == pytest.approx(whole[:, :, 1:])
    assert table.entries[..., 0, :2] == pytest.approx(whole[..., 1, :2])
    assert (table.entries[..., 0, 2] == 1.0).all()


@pytest.mark.parametrize(
    ("dims", "data", "encoding", "message"),
    [
        ((), (0.0, 1.0, 1.0) * 6, (0,), "dimensions"),
        ((6,), (0.0, 1.0, 1.0) * 6, (0,), "dimensions"),
        ((3, 2, 1, 1), (0.0, 1.0, 1.0) * 6, (0,), "dimensions"),
        ((0, 2), (), (0,), "dimensions"),
        ((-3, -2), (0.0, 1.0, 1.0) * 6, (0,), "dimensions"),
        ((NAN, 2), (0.0, 1.0, 1.0) * 6, (0,), "dimensions"),
        ((float("inf"), 2), (0.0, 1.0, 1.0) * 6, (0,), "dimensions"),
        ((6, 1), (0.0, 1.0, 1.0) * 6, (0,), "6 x 1 x 1 entries"),
        ((4294967295, 4294967295, 4294967295), (0.0, 1.0, 1.0), (0,), "entries"),
        ((MOST_ENTRIES, 2), (), (0,), "entries"),
        ((3, 2), (0.0, 1.0, 1.0) * 5, (0,), "15 numbers for 3 x 2 x 1"),
        ((3, 2), (0.0, 1.0, 1.0) * 7, (0,), "21 numbers for 3 x 2 x 1"),
        ((3, 2), (), (0,), "0 numbers"),
        ((3, 2), (0.0, 1.0, 1.0) * 6, (2,), "encoding"),
        ((3, 2), (0.0, 1.0, 1.0) * 6, (), "encoding"),
        ((3, 2), (0.0, 1.0, 1.0) * 6, (0, 0), "encoding"),
        ((3, 2), (0.0, 1.0, 1.0) * 5 + (NAN, 1.0, 1.0), (0,), "hue shift"),
        ((3, 2), (0.0, 1.0, 1.0) * 5 + (1e30, 1.0, 1.0), (0,), "hue shift"),
        ((3, 2), (0.0, 1.0, 1.0) * 5 + (0.0, NAN, 1.0), (0,), "scale"),
        ((3, 2), (0.0, 1.0, 1.0) * 5 + (0.0, 1.0, float("inf")), (0,), "scale"),
        ((3, 2), (0.0, 1.0, 1.0) * 5 + (0.0, -0.1, 1.0), (0,), "scale"),
        (np.array(["text"]), (0.0, 1.0, 1.0) * 6, (0,), "text"),
    ],
)
def test_what_is_no_table_is_refused(dims: Any, data: Any, encoding: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        profile_table(dims, data, encoding)
