import pytest

from params.process_version import is_before_2012


@pytest.mark.parametrize(
    ("fields", "old"),
    [
        ({"ProcessVersion": "5.0"}, True),
        ({"ProcessVersion": "5.7", "Exposure2012": "0"}, True),
        ({"ProcessVersion": "6.7"}, False),
        ({"ProcessVersion": "15.4"}, False),
        ({"Exposure": "+0.5", "Brightness": "50"}, True),
        ({"FillLight": "10"}, True),
        ({"Exposure": "+0.5", "Exposure2012": "+1.0"}, False),
        ({"Temperature": "5000"}, False),
    ],
)
def test_settings_from_before_2012(fields, old):
    assert is_before_2012(fields) is old
