"""Sums over processes; two of them are forked in a child, because a process joins a group once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT
from tests.training.weights import CPU
from xlt.errors import XltError
from xlt.training.parallel import Processes, local_device, sum_gradients, world

# Two processes, one of which has no gradient for the second parameter, and none a gradient for the third.
TWO = """
import json, os, socket, sys
import torch
from xlt.training.parallel import sum_gradients, world

torch.set_num_threads(1)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
children = []
for rank in range(2):
    child = os.fork()
    if child:
        children.append(child)
        continue
    os.environ["RANK"] = str(rank)
    try:
        with world(torch.device("cpu")) as processes:
            parameters = [torch.nn.Parameter(torch.zeros(2, 3)) for _ in range(3)]
            parameters[0].grad = torch.full((2, 3), rank + 1.0)
            if rank:
                parameters[1].grad = torch.full((2, 3), 5.0)
            extra = sum_gradients(processes, parameters, torch.tensor([rank + 0.5, 10.0]))
            total = processes.sum_(torch.tensor([rank + 1]))
            processes.wait()
            grads = [None if p.grad is None else p.grad[0, 0].item() for p in parameters]
            facts = [processes.first, grads, extra.tolist(), total.tolist()]
            with open(sys.argv[1] + str(rank), "w") as file:
                json.dump(facts, file)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)
sys.exit(sum(os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children))
"""


def test_two_processes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWO, str(tmp_path / "of-")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = [json.loads((tmp_path / f"of-{rank}").read_text()) for rank in range(2)]
    expected = [[3.0, 5.0, None], [2.0, 20.0], [3]]
    assert facts == [[True, *expected], [False, *expected]]


def test_one_process_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with world(CPU) as processes:
        assert processes == Processes(0, 1)
        assert processes.first
        parameter = torch.nn.Parameter(torch.zeros(2))
        extra = torch.tensor([1.5])
        assert sum_gradients(processes, [parameter], extra) is extra
        assert parameter.grad is None
        assert torch.equal(processes.sum_(extra), extra)
        processes.wait()


def test_half_of_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(XltError, match="WORLD_SIZE is set, but not RANK and MASTER_ADDR"), world(CPU):
        pass


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1"])
def test_each_process_takes_the_device_of_its_rank(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert local_device(device) == device
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert local_device(device) == ("cuda:3" if device in {"auto", "cuda"} else device)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert local_device(device) == device
