"""Loads what ``xlt`` loads, once, and then gives every call a process of its own: a fork takes milliseconds.

Run as ``python server.py SOCKET``. It says when it can be called, which is before all is loaded, and ends
with its standard input. Where it cannot fork, every call is told to be a fresh interpreter.
"""

import atexit
import gc
import io
import json
import os
import pkgutil
import resource
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

# Packages that commands import where they need them, and classes that transformers loads when they are asked for.
LATE = "matplotlib.figure", "pandas", "pyarrow.parquet", "scipy.stats", "torch", "tokenizers", "safetensors.torch"
CLASSES = "AutoModel", "AutoTokenizer", "BertForMaskedLM", "BertForTokenClassification", "PreTrainedTokenizerFast"

# What a call may have otherwise than the server, because it is read when a command runs, or not at all: the shell's
# own, how the streams are opened (done here), what a process of several is told, the dials of the scripts in examples.
# Whatever else there is might have been read when a package was loaded.
FREE = {
    "PATH", "PWD", "OLDPWD", "SHLVL", "_", "XDG_CACHE_HOME", "PYTHONUNBUFFERED",
    "WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT",
    "TARGETS", "SENTENCES", "EPOCHS",
}  # fmt: skip
FREE_BEGINNINGS = "XLT_", "PYTEST_"
# What Snakemake sets, to what holds anyway.
THREADS = "_THREADS"
TEMPORARY = {"TMPDIR", "TEMPDIR", "TEMP", "TMP"}

SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


def load() -> None:
    """Import every module of ``xlt``, and what its commands import in passing."""
    xlt = import_module("xlt")
    for module in pkgutil.walk_packages(xlt.__path__, "xlt."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)
    for name in LATE:
        import_module(name)
    transformers = import_module("transformers")
    for name in CLASSES:
        getattr(transformers, name)
    # What is there now is never looked at again by the collector, which would copy it into every child.
    gc.collect()
    gc.freeze()


def can_fork() -> bool:
    """Whether this process has one thread: a child would lack the others, and wait for the locks that they hold."""
    threads = Path("/proc/self/task")
    names = [(t / "comm").read_text(encoding="utf-8") for t in threads.iterdir()] if threads.is_dir() else []
    # pyarrow's allocator has a thread that knows about forks: it lays down its locks before and starts anew after.
    return len([n for n in names if not n.startswith("jemalloc_bg")]) == 1


def loads_alike(started: Mapping[str, str], environment: Mapping[str, str]) -> bool:
    """Whether what was loaded by a process started in one environment would be the same in another."""
    return all(
        environment.get(name) == started.get(name)
        or name in FREE
        or name.startswith(FREE_BEGINNINGS)
        or (name.endswith(THREADS) and environment.get(name, "1") == started.get(name, "1") == "1")
        or (name in TEMPORARY and environment.get(name) == tempfile.gettempdir())
        for name in environment.keys() | started.keys()
    )


def started_in() -> dict[str, str]:
    """The environment that this process was given, without what the interpreter and packages have set since."""
    block = Path("/proc/self/environ")
    entries = os.fsdecode(block.read_bytes()).split("\0") if block.is_file() else []
    return {name: value for name, _, value in (entry.partition("=") for entry in entries) if name}


class Server:
    """Answers callers, by fresh interpreters until it ``forks``; ``serve`` returns in each child that is a call."""

    def __init__(self, address: str) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(address)
        self.listener.listen(64)
        self.forks = False
        self.started = started_in()
        self.callers: dict[int, socket.socket] = {}
        self.ended, self.signalled = socket.socketpair()
        self.ended.setblocking(False)
        self.signalled.setblocking(False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.signalled.fileno(), warn_on_full_buffer=False)
        self.selector = selectors.DefaultSelector()
        for source in (0, self.listener, self.ended):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any]:
        """What a child is to do; in the parent it never returns."""
        while True:
            ready = [key.fileobj for key, _ in self.selector.select()]
            if 0 in ready:
                for child in self.callers:
                    os.kill(child, signal.SIGKILL)
                os._exit(0)
            if self.ended in ready:
                self.ended.recv(4096)
                self._reap()
            for child, caller in list(self.callers.items()):
                if caller in ready:
                    self._hear(child, caller)
            # Last: a call finds nothing alive of a caller that was killed before it was made.
            if self.listener in ready:
                request = self._answer(self.listener.accept()[0])
                if request is not None:
                    return request

    def _reap(self) -> None:
        for child, caller in list(self.callers.items()):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                _say(caller, os.waitstatus_to_exitcode(status))
                self._forget(child)

    def _hear(self, child: int, caller: socket.socket) -> None:
        try:
            numbers = caller.recv(64)
        except ConnectionResetError:
            numbers = b""
        for number in numbers:
            os.kill(child, number)
        if not numbers:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            self._forget(child)

    def _forget(self, child: int) -> None:
        caller = self.callers.pop(child)
        self.selector.unregister(caller)
        caller.close()

    def _answer(self, caller: socket.socket) -> dict[str, Any] | None:
        header, descriptors, _, _ = socket.recv_fds(caller, 4, 4)
        with caller.makefile("rb") as rest:
            text = rest.read(int.from_bytes(header, "big"))
        request: Any = json.loads(text) if text.endswith(b"}") else None
        if request and not (self.forks and loads_alike(self.started, request["environment"])):
            _say(caller, "fresh")
            request = None
        if request:
            # A signal to the child must find the child's own handlers.
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            child = os.fork()
            if not child:
                signal.set_wakeup_fd(-1)
                self.selector.close()
                for end in (caller, *self.callers.values(), self.listener, self.ended, self.signalled):
                    end.close()
                set_since = {name: value for name, value in os.environ.items() if self.started.get(name) != value}
                environment = {**set_since, **request["environment"]}
                return {**request, "descriptors": descriptors, "environment": environment}
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self.callers[child] = caller
            self.selector.register(caller, selectors.EVENT_READ)
        elif not text:
            _say(caller, len(self.callers))
        if not request:
            caller.close()
        for descriptor in descriptors:
            os.close(descriptor)
        return None


def _say(caller: socket.socket, what: object) -> None:
    # A caller that was killed hears nothing.
    with suppress(OSError):
        caller.sendall(str(what).encode())


def become(request: Mapping[str, Any]) -> None:
    """Take over the caller's place: folder, environment, limits, streams, signals; chance starts anew."""
    import numpy

    *streams, folder = request["descriptors"]
    os.fchdir(folder)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for descriptor in request["descriptors"]:
        os.close(descriptor)
    for which, soft, hard in request["limits"]:
        if resource.getrlimit(which) != (soft, hard):
            resource.setrlimit(which, (soft, hard))
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["xlt", *request["arguments"]]
    # As python -m has it.
    sys.path[0] = str(Path.cwd())
    open_streams()
    numpy.random.seed()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def open_streams() -> None:
    """The three streams as the interpreter opens them: those of the server were opened on other files."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, name)
        raw = io.FileIO(number, "w" if number else "r", closefd=False)
        through = number > 0 and bool(os.environ.get("PYTHONUNBUFFERED"))
        buffer: Any = raw if through else io.BufferedWriter(raw) if number else io.BufferedReader(raw)
        line_buffering = number == 2 or raw.isatty()
        new = io.TextIOWrapper(buffer, old.encoding, old.errors, "\n", line_buffering, through)
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def perform() -> None:
    """``python -m xlt``. Taking all modules down costs more than most calls, so that what ends well ends without it."""
    try:
        runpy.run_module("xlt", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code or 0)
        raise


if __name__ == "__main__":
    server = Server(sys.argv[1])
    print("listening", flush=True)
    load()
    server.forks = can_fork()
    become(server.serve())
    perform()
