"""The learning curve of a photographer's set."""

from pathlib import Path

import pytest
from shoots import by_name, ended, opened, write_shoot

from params.files import InputError
from studio.jobs import CANCELLED, DONE
from studio.learning import FEWEST, FOLDS, plan
from studio.teach import advice, gain
from studio.wire import Changes


def test_parts_are_judged_by_others() -> None:
    groups = [0, 0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11]
    tasks = plan(groups, Path("m"), Path("c"))
    judged = {place for task in tasks for place in task.held_out}
    assert judged == set(range(len(groups)))
    sizes = sorted({task.size for task in tasks})
    assert sizes == [0, 5, 9]
    assert len(tasks) == FOLDS * len(sizes)
    for task in tasks:
        learnt = {groups[place] for place in task.train}
        assert len(learnt) == task.size
        assert not learnt & {groups[place] for place in task.held_out}


def test_too_few() -> None:
    with pytest.raises(InputError, match=f"takes {FEWEST}"):
        plan([0] * 50, Path("m"), Path("c"))


def test_what_to_do_next() -> None:
    curve = [{"edits": 0, "delta_e": 5.0}, {"edits": 5, "delta_e": 4.0}]
    assert "Correct or accept" in advice(0, 0, 0, None)
    assert "3 corrections are not kept" in advice(5, 5, 2, None)
    assert "a preset" in advice(3, 3, 3, None)
    assert "measure" in advice(20, 20, 20, None)
    assert advice(20, 20, 20, curve) == gain(curve)
    assert gain(curve) == ("Learnt from 5 edits: ΔE00 4.0 on unseen pictures; without, 5.0.")
    assert "would change little" in gain([*curve, {"edits": 10, "delta_e": 3.99}])
    assert "still help" in gain([*curve, {"edits": 10, "delta_e": 3.0}])


def test_a_curve(tmp_path: Path) -> None:
    """Who always does the same to Auto is learnt from few; kept over a restart."""
    shoot, out = write_shoot(tmp_path / "shoot", FEWEST), tmp_path / "out"
    with opened(shoot, out) as work:
        session = work.session
        for name in by_name(work).values():
            predicted = session.picture(name).edit.params["Exposure2012"]
            changes = Changes({"Exposure2012": predicted + 1.0, "Vibrance": 40.0}, {})
            session.edit([name], changes)
        assert work.teach.to_json()["advice"] == "8 corrections are not kept yet: save them."
        ended(work.teach.save())
        cancelled = work.teach.measure()
        work.jobs.cancel(cancelled.id)
        assert ended(cancelled).state == CANCELLED
        job = ended(work.teach.measure(), 300.0)
        assert (job.state, job.to_json()["errors"]) == (DONE, [])
        told = work.teach.to_json()
        curve, auto = told["curve"], told["auto_delta_e"]
        assert [point["edits"] for point in curve] == [5, 6]
        learnt = [point["delta_e"] for point in curve]
        assert auto > 5.0
        assert max(learnt) < 0.5 * auto
    with opened(shoot, out) as again:
        assert again.teach.to_json()["curve"] == curve
        assert "Learnt from 6 edits" in again.teach.to_json()["advice"]
