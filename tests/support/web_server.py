"""A web server on 127.0.0.1 for package indexes and archives."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USER, PASSWORD = "reader", "s3cret-and-unique"
# The test's server is on the loopback interface of the host, which a build reaches only in the host's network.
ON_HOST = ("--", "--network", "host")


class ProtectedFiles(SimpleHTTPRequestHandler):
    """Serves a folder to clients with the password, and its folder open/ to everyone."""

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.path.startswith("/open/") or self.headers.get("Authorization") == expected:
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def web_server(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A web server on 127.0.0.1 for `folder`, with TLS if a context is given; yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(ProtectedFiles, directory=str(folder)))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
