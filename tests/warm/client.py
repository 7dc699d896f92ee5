"""The program ``xlt`` of the tests: hands its call to the warm server and ends as the call ends.

Run as ``python -IS client.py SOCKET ARGUMENT ...``: it loads next to nothing. The call is a process with the arguments,
folder, environment, streams, limits, umask and ignored signals of this one. It gets the signals that this one gets, and
is killed with it. What the server could not give as a new interpreter would (another environment, a closed stream),
this process becomes itself: ``python -m xlt``.
"""

import json
import os
import resource
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
LIMITS = sorted({int(value) for name, value in vars(resource).items() if name.startswith("RLIMIT_")})


def call(address: str, arguments: list[str]) -> int:
    """The exit status of the call; negative, the signal that ended it."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        fresh(arguments)
    umask = os.umask(0)
    os.umask(umask)
    ignored = [int(s) for s in PASSED_ON if signal.getsignal(s) == signal.SIG_IGN]
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "umask": umask,
        "limits": [(which, *resource.getrlimit(which)) for which in LIMITS],
        "ignored": ignored,
    }
    message = json.dumps(request).encode()
    folder = os.open(".", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:

        def pass_on(number: int, frame: FrameType | None) -> None:
            server.sendall(bytes([number]))

        server.connect(address)
        socket.send_fds(server, [len(message).to_bytes(4, "big")], [0, 1, 2, folder])
        server.sendall(message)
        for number in PASSED_ON:
            if number not in ignored:
                signal.signal(number, pass_on)
        answer = server.recv(16)
    if answer == b"fresh":
        fresh(arguments)
    return int(answer)


def fresh(arguments: list[str]) -> NoReturn:
    """Become the command line in an interpreter that has loaded nothing."""
    os.execv(sys.executable, [sys.executable, "-m", "xlt", *arguments])


if __name__ == "__main__":
    status = call(sys.argv[1], sys.argv[2:])
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)
