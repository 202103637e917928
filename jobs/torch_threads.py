"""How many threads torch works in on CPUs."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def kept_threads() -> Iterator[int]:
    """The number of torch's threads, which is that again afterwards, whatever is set meanwhile.

    Threads of Python's that are begun later take over what was set last, in whichever thread.
    """
    import torch

    threads = torch.get_num_threads()
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)
