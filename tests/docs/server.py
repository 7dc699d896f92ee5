"""``python -m tests.docs.server FD PID``: imports what commands import, then forks for each call out of a socket."""

import json
import os
import signal
import socket
import sys
import traceback
from typing import NoReturn

# What takes long to import, and what transformers imports when a model is loaded.
import matplotlib.figure  # noqa: F401
import scipy.stats  # noqa: F401
import torch  # noqa: F401
from transformers import AutoModel, AutoTokenizer, BertForMaskedLM  # noqa: F401

from xlt.cli.app import main


def serve(listener: socket.socket, starter: int) -> None:
    """Answer calls until somebody ends this process, or its starter is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener.settimeout(5)
    while os.getppid() == starter:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listener.close()
            _answer(connection)
        connection.close()


def _answer(connection: socket.socket) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(connection, 4, 3)
    size = int.from_bytes(length, "big")
    call = b""
    while len(call) < size:
        call += connection.recv(size - len(call))
    arguments, folder, environment = json.loads(call)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    # Python's own streams, too, so that they know what they are connected to; a line at a time, as on a terminal.
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", 1), open(2, "w", 1)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    status = 1
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([status]))
        os._exit(status)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
