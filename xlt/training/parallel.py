"""More than one process (torchrun): sums over all of them. With one process each of these does nothing."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist

from xlt.errors import XltError

_PATIENCE = timedelta(hours=12)


@dataclass(frozen=True)
class Processes:
    """The processes that train together."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes the files and speaks."""
        return self.rank == 0

    def sum_(self, tensor: torch.Tensor) -> torch.Tensor:
        """Add up a tensor over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def world(device: torch.device) -> Iterator[Processes]:
    """The processes that torchrun started; one, where it did not.

    Raises:
        XltError: torchrun's variables are incomplete.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Processes()
        return
    if "RANK" not in os.environ or "MASTER_ADDR" not in os.environ:
        raise XltError("WORLD_SIZE is set, but not RANK and MASTER_ADDR; start several processes with torchrun")
    # One process validates and writes while the others wait: longer than the library would let them.
    if device.type == "cuda":
        torch.cuda.set_device(device)
        dist.init_process_group("nccl", timeout=_PATIENCE, device_id=device)
    else:
        dist.init_process_group("gloo", timeout=_PATIENCE)
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def local_device(device: str) -> str:
    """The device of this process: under torchrun each takes the CUDA device of its local rank."""
    rank = os.environ.get("LOCAL_RANK")
    if rank is not None and device in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{rank}"
    return device


def sum_gradients(world: Processes, parameters: Sequence[torch.nn.Parameter], extra: torch.Tensor) -> torch.Tensor:
    """Add up the gradients of all processes in one message; ``extra`` (n,) travels with them and comes back summed.

    A parameter that no process has a gradient for keeps none, so that the optimiser leaves it alone.
    """
    if world.size == 1:
        return extra
    device = parameters[0].device
    holders = torch.tensor([p.grad is not None for p in parameters], dtype=torch.float32, device=device)
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([*(g.reshape(-1).float() for g in grads), holders, extra.to(device, torch.float32)])
    world.sum_(flat)
    *sums, holders, extra_sum = torch.split(flat, [*(g.numel() for g in grads), len(holders), len(extra)])
    for parameter, grad, total, count in zip(parameters, grads, sums, holders.tolist(), strict=True):
        parameter.grad = grad.copy_(total.view_as(grad)) if count else None
    return extra_sum.to(extra.device, extra.dtype)
