"""Which way to learn a style suits how many pictures, as the learning curve measured it.

The table of docs/learning.md ("How many edits a style takes") is where the numbers come from.
"""

import os
import shlex
from collections.abc import Sequence

from dataset.lightroom.edit import Edit
from dataset.lightroom.near_duplicates import burst_groups
from dataset.splits import BURST_SECONDS
from params.auto_edit import PROCESS as AUTO_PROCESS

# Edits from which the statistics of a picture tell more of a style than its mean does.
LEAST = 5
# Edits from which another one changes little: better ones then do more than more of them.
ENOUGH = 200
LEARNER = "--backbone statistics --residual auto"


def pictures_that_count(edits: Sequence[Edit]) -> int:
    """How many pictures there are to learn from, the frames of a burst counting as one."""
    repeated = sum(len(group) - 1 for group in burst_groups(edits, BURST_SECONDS))
    return len(edits) - repeated


def expected(count: int) -> list[str]:
    """What can be learnt of so many pictures (pictures_that_count), as lines of a report."""
    if count == 0:
        return []
    said = f"{count} picture{'s' * (count != 1)} to learn from, bursts counted once"
    if count < LEAST:
        return [f"warning: {said}: below {LEAST} their mean, a preset, is as good as a model"]
    more = "more still help" if count < ENOUGH else "more would change little"
    return [f"advice: {said}: {LEARNER} learns them best, within a minute; {more}"]


def next_step(count: int, manifest: str, process: int = AUTO_PROCESS) -> str:
    """The command that suits so many pictures, as a shell takes it.

    process: of the edits; the automatic edit belongs to one of them only.
    """
    manifest = f'"{manifest}"' if os.name == "nt" else shlex.quote(manifest)
    if count < LEAST:
        return f'next: python scripts/style_preset.py --manifest {manifest} --name "My style"'
    learner = LEARNER if process == AUTO_PROCESS else LEARNER.partition(" --residual")[0]
    return (
        f"next: python run/train_autopilot.py --manifest {manifest} {learner} "
        "--output outputs/style"
    )
