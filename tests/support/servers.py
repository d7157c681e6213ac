"""A running JupyterLab, used over HTTP from the host as a browser uses it."""

from __future__ import annotations

import json
import re
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

LINK = re.compile(r"https?://\S+|file:///\S+")
#: A warning of Jupyter, after 5 s, about a kernel that starts slowly on a busy machine.
SLOW_KERNEL = "Nudge: attempt"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def only_link(output: str) -> str:
    """The one link in `output`, apart from the progress of a build; AssertionError if there is not exactly one."""
    links = LINK.findall(re.sub(r"(?m)^#\d+ .*", "", output))
    assert len(links) == 1, f"not exactly one link in:\n{output}"
    return links[0]


def port_of(link: str) -> int:
    """The port in a link."""
    return int(link.split(":")[2].split("/")[0])


def token_of(link: str) -> str:
    """The token in a link."""
    return link.split("token=")[1]


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nothing uses at one of this machine's addresses."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def http_status(url: str, **headers: str) -> int:
    """The HTTP status of `url` without cookies; 0 if nothing answers."""
    try:
        with DIRECT.open(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def notebook(*cells: str) -> dict[str, Any]:
    """A notebook with these code cells."""
    empty = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [empty | {"id": f"cell-{number}", "source": cell} for number, cell in enumerate(cells)],
    }


@dataclass(frozen=True)
class Server:
    """The server behind a link."""

    link: str

    def call(self, method: str, path: str, body: Any = None, api: str = "api") -> Any:
        """The server's answer to a request for `api/PATH`; HTTPError unless it succeeds."""
        url = f"{self.link.split('/lab?')[0]}/{api}/{path}"
        headers = {"Authorization": f"token {token_of(self.link)}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, method=method, data=data, headers=headers)
        with DIRECT.open(request, timeout=60) as response:
            return json.loads(response.read() or b"null")

    def save(self, path: str, *cells: str) -> None:
        """Save a notebook, as JupyterLab does on Ctrl-S: with a checkpoint."""
        self.call("PUT", f"contents/{path}", {"type": "notebook", "content": notebook(*cells)})
        self.call("POST", f"contents/{path}/checkpoints", {})

    def open(self, path: str) -> list[str]:
        """Open a notebook; returns the text of its cells."""
        return [cell["source"] for cell in self.call("GET", f"contents/{path}")["content"]["cells"]]

    def delete(self, path: str) -> None:
        """Delete a file or a folder, as JupyterLab's Delete does."""
        self.call("DELETE", f"contents/{path}")

    def listing(self, path: str = "") -> list[str]:
        """The names in a folder."""
        return sorted(entry["name"] for entry in self.call("GET", f"contents/{path}")["content"])

    def save_setting(self, plugin: str, setting: str) -> None:
        """Change a setting, as JupyterLab's Settings Editor does; `setting` is JSON."""
        self.call("PUT", f"settings/{plugin}", {"raw": setting}, api="lab/api")

    def setting(self, plugin: str) -> str:
        """What the user has changed of the settings of a plugin, as JSON."""
        return self.call("GET", f"settings/{plugin}", api="lab/api")["raw"]
