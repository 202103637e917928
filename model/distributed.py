"""Several processes that train one model, as torchrun starts them."""

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, nn

# The first process may prepare a whole data set while the others wait.
_LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class Group:
    """The processes of a run: this one's rank, and how many there are."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, in each of them."""
        if self.size > 1:
            torch.distributed.all_reduce(values)
        return values

    def wrap(self, model: nn.Module, device: torch.device) -> nn.Module:
        """The model, its gradients averaged over the processes in backward()."""
        if self.size == 1:
            return model
        devices = [device.index] if device.type == "cuda" else None
        # Encoders may hold weights that pooled features don't need, such as ConvNeXt's head.norm;
        # a static graph may leave out weights, as long as they are the same in each step.
        return nn.parallel.DistributedDataParallel(model, device_ids=devices, static_graph=True)

    @contextlib.contextmanager
    def leader_first(self) -> Iterator[None]:
        """What the first process does before the others: they then find its files."""
        if self.size > 1 and not self.leads:
            torch.distributed.barrier()
        yield
        if self.size > 1 and self.leads:
            torch.distributed.barrier()


@contextlib.contextmanager
def training_group(device: torch.device) -> Iterator[tuple[Group, torch.device]]:
    """This process's group by torchrun's environment, and its own device.

    Without torchrun: a group of one, and `device`. Of several processes the first one logs;
    the others log errors only.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group(), device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    torch.distributed.init_process_group(backend, timeout=_LONGEST_WAIT)
    group = Group(torch.distributed.get_rank(), size)
    if not group.leads:
        logging.disable(logging.WARNING)
    try:
        yield group, device
    finally:
        logging.disable(logging.NOTSET)
        torch.distributed.destroy_process_group()
