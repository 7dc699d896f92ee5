"""The command line in children that are stopped on their way; Python and torch are loaded once for all of them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

_CHILDREN = """
import json, os, random, signal, socket, sys, time
from pathlib import Path
import torch, transformers
import xlt.training.finetune, xlt.training.realign
from transformers import BertForTokenClassification, BertModel, PreTrainedTokenizerFast
from xlt.cli.app import main

torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)


def start(arguments, said, limit=None, **environment):
    child = os.fork()
    if child:
        return child
    sys.stdin.close()
    status = 99
    try:
        os.environ.update(environment)
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(said + "." + name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        if limit:
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        sys.argv = ["xlt", *arguments]
        main()
    except SystemExit as ended:
        status = ended.code or 0
        sys.stdout.flush()
    finally:
        os._exit(status)


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def newest(folder):
    steps = [int(p.name.rsplit("-", 1)[1]) for p in Path(folder).glob("step-*")]
    return max(steps, default=0)


def stop(arguments, output, said, name, more):
    # Stopped when so many more steps are in a checkpoint, and a moment later.
    before = newest(output + ".training")
    child = start([*arguments, "-o", output, "--resume"], said)
    while newest(output + ".training") < before + more:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return "ended too early"
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.03))
    os.kill(child, getattr(signal, name))
    return ended(child)


def processes(count, arguments, said):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    return [start(arguments, f"{said}{rank}", RANK=str(rank), LOCAL_RANK=str(rank), **shared) for rank in range(count)]


def stop_one(count, arguments, output, said, name):
    # Only the last process hears the signal.
    running = processes(count, [*arguments, "-o", output], said)
    while newest(output + ".training") < 2:
        if os.waitpid(running[-1], os.WNOHANG) != (0, 0):
            return "ended too early"
        time.sleep(0.001)
    os.kill(running[-1], getattr(signal, name))
    return [ended(child) for child in running]


for line in sys.stdin:
    folder, todo = json.loads(line)
    os.chdir(folder)
    statuses = []
    for what, *rest in todo:
        if what == "run":
            statuses.append(ended(start(*rest)))
        elif what == "stop":
            statuses.append(stop(*rest))
        elif what == "processes":
            statuses.append([ended(child) for child in processes(*rest)])
        elif what == "stop one":
            statuses.append(stop_one(*rest))
    print(json.dumps(statuses), flush=True)
"""

Children = Callable[[Path, Sequence[Sequence[Any]]], list[Any]]


@contextmanager
def children() -> Iterator[Children]:
    """A function that does things one after another in a folder and gives the exit statuses.

    ``("run", arguments, said[, limit])`` runs the command line, with a limit on the size of files;
    ``("stop", arguments, output, said, signal, more)`` resumes a run and sends a signal when ``more`` steps are saved;
    ``("processes", count, arguments, said)`` runs several at once as torchrun does; ``("stop one", count, arguments,
    output, said, signal)`` sends the last of them a signal. ``said`` is the file, without its ending, that standard
    output and error go to.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _CHILDREN],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as parent:

        def do(folder: Path, todo: Sequence[Sequence[Any]]) -> list[Any]:
            assert parent.stdin is not None
            assert parent.stdout is not None
            parent.stdin.write(json.dumps([str(folder), todo]) + "\n")
            parent.stdin.flush()
            statuses: list[Any] = json.loads(parent.stdout.readline())
            return statuses

        yield do


def said(folder: Path) -> str:
    """All that the children said on standard error, for the message of a failure."""
    return "\n".join(f"{p.name}: {p.read_text(encoding='utf-8')}" for p in sorted(folder.glob("*.err")))
