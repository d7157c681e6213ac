"""A forwarded port, as `ssh -L` makes one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy what arrives until the source closes its side."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _serve(server: socket.socket, port: int) -> None:
    """Connect each client with the port on 127.0.0.1."""
    with suppress(OSError):  # the server is closed
        while True:
            client, _ = server.accept()
            target = socket.create_connection(("127.0.0.1", port))
            for pair in [(client, target), (target, client)]:
                threading.Thread(target=_copy, args=pair, daemon=True).start()


@contextmanager
def forwarded(port: int, address: str = "127.0.0.1") -> Iterator[int]:
    """Forward another port at an address of this machine to a port on 127.0.0.1; yields it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        threading.Thread(target=_serve, args=(server, port), daemon=True).start()
        yield server.getsockname()[1]
