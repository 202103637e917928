"""A burst made consistent, as one step that is undone as one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bursts import write_frame
from shoots import HEIGHT, WIDTH, by_name, opened
from simulated import scene

from params.files import InputError
from studio.together import made_consistent
from studio.wire import Changes, edit_json
from studio.work import Work


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    for number, (ev, warmth) in enumerate(((0.0, 0.0), (1.0, 0.05), (-1.0, -0.05))):
        picture = 0.4 * scene(1, HEIGHT, WIDTH)
        raw = tmp_path / f"shoot/{number}.dng"
        write_frame(raw, picture, seconds=number, ev=ev, warmth=warmth)
    with opened(tmp_path / "shoot", tmp_path / "out") as work:
        yield work


def shown(work: Work, *sliders: str) -> list[tuple[float, ...]]:
    """Sliders as the page shows them, by picture."""
    found = []
    for name in sorted(by_name(work)):
        picture = work.session.picture(by_name(work)[name])
        edit = edit_json(picture.edit, work.session.white(picture))
        found.append(tuple(edit["sliders"][slider] for slider in sliders))
    return found


def test_the_corrected_one_leads(work: Work) -> None:
    ids = by_name(work)
    before = shown(work, "Contrast2012")
    changes = Changes({"Temperature": 5100.0, "Tint": 3.0, "Exposure2012": 0.25}, {})
    work.session.edit([ids["1.dng"]], changes)
    told = made_consistent(work.session, list(ids.values()))
    assert len(told["pictures"]) >= 2
    assert shown(work, "Temperature", "Tint") == [(5100.0, 3.0)] * 3
    assert shown(work, "Exposure2012") == [(1.25,), (0.25,), (2.25,)]
    assert shown(work, "Contrast2012") == before
    work.session.undo()
    assert len(set(shown(work, "Temperature"))) > 1


def test_as_predicted_the_middle_leads(work: Work) -> None:
    made_consistent(work.session, list(by_name(work).values()))
    assert len(set(shown(work, "Temperature", "Tint"))) == 1
    exposures = [value for (value,) in shown(work, "Exposure2012")]
    assert exposures[0] - exposures[1] == pytest.approx(1.0, abs=0.011)
    assert exposures[2] - exposures[0] == pytest.approx(1.0, abs=0.011)


def test_one_picture_is_no_group(work: Work) -> None:
    with pytest.raises(InputError, match="nothing to be consistent with"):
        made_consistent(work.session, [by_name(work)["0.dng"]])
