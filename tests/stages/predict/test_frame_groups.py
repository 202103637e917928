"""Which frames are of one scene, by time, camera, flash and light."""

from pathlib import Path

from bursts import write_frame
from simulated import scene

from dataset.splits import Capture
from imaging.raw_picture import RawPicture
from stages.predict.frame_groups import (
    FrameFacts,
    facts_of,
    read_facts,
    scenes,
    sequence_digest,
    sequences,
)


def frame(
    time: float | None, light: float | None = 0.0, *, body: str = "one", **facts: object
) -> FrameFacts:
    return FrameFacts(Capture(body, body, time), light=light, **facts)  # type: ignore[arg-type]


def grouped(*frames: FrameFacts) -> list[list[list[int]]]:
    """scenes(), of frames by their places."""
    found = scenes({Path(f"{place:03d}"): facts for place, facts in enumerate(frames)})
    return [[[int(raw.name) for raw in burst] for burst in scene] for scene in found]


def test_bursts_and_pauses() -> None:
    assert grouped(frame(0), frame(1), frame(30), frame(31), frame(200)) == [
        [[0, 1], [2, 3]],
        [[4]],
    ]


def test_another_light() -> None:
    """A pause and a stop more, or a lamp for daylight, is another scene; in a burst it may be
    somebody in white who walks through."""
    assert grouped(frame(0), frame(10, 1.5)) == [[[0]], [[1]]]
    assert grouped(frame(0), frame(1, 1.5)) == [[[0, 1]]]
    assert grouped(frame(0, mired=180.0), frame(10, mired=210.0)) == [[[0], [1]]]
    assert grouped(frame(0, mired=180.0), frame(10, mired=350.0)) == [[[0]], [[1]]]


def test_a_misfired_flash_parts_no_burst() -> None:
    frames = frame(0, flash=True), frame(1, -3.0, flash=True), frame(2, flash=True)
    assert grouped(*frames) == [[[0, 2]], [[1]]]
    assert grouped(frame(0, flash=True), frame(1, flash=False)) == [[[0]], [[1]]]


def test_a_sunset_is_several_scenes() -> None:
    """However small the step from one frame to the next."""
    found = grouped(*(frame(20.0 * n, -0.1 * n) for n in range(40)))
    assert [len(scene) for scene in found] == [11, 11, 11, 7]


def test_cameras_and_unknown_times() -> None:
    assert grouped(frame(0), frame(0.5, body="two"), frame(1)) == [[[0, 2]], [[1]]]
    assert grouped(frame(None), frame(None)) == [[[0]], [[1]]]
    assert grouped(frame(0, body=""), frame(1, body="")) == [[[0]], [[1]]]


def test_light_is_what_the_exposure_leaves(tmp_path: Path) -> None:
    """A frame exposed brighter has the same light; a brighter scene has more."""
    picture = 0.2 * scene(4, 64, 96)
    names = {"a": (1.0, 0.0), "b": (1.0, 1.0), "c": (2.0, 0.0)}
    facts = {}
    for second, (name, (factor, ev)) in enumerate(names.items()):
        raw = write_frame(tmp_path / f"{name}.dng", factor * picture, seconds=second, ev=ev)
        with RawPicture(raw) as opened:
            facts[name] = facts_of(opened.metadata, opened.shot, opened.proxy(2))
    lights = {name: found.light or 0.0 for name, found in facts.items()}
    assert abs(lights["b"] - lights["a"]) < 0.05
    assert abs(lights["c"] - lights["a"] - 1.0) < 0.05


def test_sequences_are_known_before_pictures_are_decoded(tmp_path: Path) -> None:
    times = {"b.dng": 3.0, "a.dng": 0.0, "alone.dng": 500.0}
    raws = [
        write_frame(tmp_path / name, scene(1, 32, 48), seconds=time) for name, time in times.items()
    ]
    (tmp_path / "broken.dng").write_bytes(b"no picture")
    facts = read_facts([*raws, tmp_path / "broken.dng"])
    found = sequences(facts)
    assert [[raw.name for raw in members] for members in found] == [["a.dng", "b.dng"]]
    digest = sequence_digest(found[0], facts)
    assert digest == sequence_digest(found[0], read_facts(raws))
    assert digest != sequence_digest(found[0][:1], facts)
