"""More than one process (torchrun): sums over all of them. With one process each of these does nothing."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist

from xlt.errors import XltError


@dataclass(frozen=True)
class World:
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
def world(device: torch.device) -> Iterator[World]:
    """The processes that torchrun started; one, where it did not.

    Raises:
        XltError: torchrun's variables are incomplete.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    if "RANK" not in os.environ or "MASTER_ADDR" not in os.environ:
        raise XltError("WORLD_SIZE is set, but not RANK and MASTER_ADDR; start several processes with torchrun")
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def local_device(device: str) -> str:
    """The device of this process: under torchrun each takes the CUDA device of its local rank."""
    rank = os.environ.get("LOCAL_RANK")
    if rank is not None and device in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{rank}"
    return device


def sum_gradients(world: World, parameters: Sequence[torch.nn.Parameter], extra: torch.Tensor) -> torch.Tensor:
    """Add up the gradients of all processes in one message; ``extra`` (n,) travels with them and comes back summed."""
    if world.size == 1:
        return extra
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    grads = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([*(g.reshape(-1).float() for g in grads), extra.to(grads[0].device, torch.float32)])
    world.sum_(flat)
    at = 0
    for grad in grads:
        grad.copy_(flat[at : at + grad.numel()].view_as(grad))
        at += grad.numel()
    return flat[at:].to(extra.device, extra.dtype)
