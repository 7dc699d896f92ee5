"""``client.py ADDRESS ARGUMENT…``: ``xlt`` for the shell of a document; hands itself to :mod:`tests.docs.server`."""

import json
import os
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(sys.argv[1])
        call = json.dumps([["xlt", *sys.argv[2:]], str(Path.cwd()), dict(os.environ)]).encode()
        socket.send_fds(server, [len(call).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(call)
        # Nothing comes where the call was killed.
        sys.exit(int.from_bytes(server.recv(1) or b"\1", "big"))
