#!/usr/bin/env python3
"""Ask the Jupyter server of this container.

Usage: server-status [wait SECONDS | work | installed]
  without an argument: succeed if the server is ready (for HEALTHCHECK)
  wait SECONDS         wait until it is ready, then print the path of the link to JupyterLab
  work                 print what would be lost if the container were replaced: notebooks, kernels, terminals
  installed            print what the user has installed manually: Python packages, and apt commands
"""

import http.client
import json
import os
import site
import sys
import sysconfig
import time
from pathlib import Path

SERVER_ERRORS = (OSError, ValueError, http.client.HTTPException)


def find_server() -> dict:
    """What the server says about itself: its port, URL prefix, and token. ValueError if it is not running."""
    files = Path(os.environ["JUPYTER_RUNTIME_DIR"]).glob("jpserver-*.json")
    # The oldest file is that of this container's server. The user may have started others.
    return json.loads(min(files, key=os.path.getmtime).read_text())


def get(path: str) -> list[dict]:
    """The server's answer to GET api/PATH. OSError if it does not answer with status 200."""
    server = find_server()
    connection = http.client.HTTPConnection("127.0.0.1", server["port"], timeout=10)
    headers = {"Authorization": f"token {server['token']}"}
    connection.request("GET", f"{server['base_url']}api{path}", headers=headers)
    response = connection.getresponse()
    if response.status != 200:
        raise OSError(f"status {response.status}")
    return json.load(response)


def wait(seconds: float) -> None:
    """Wait until the server is ready. OSError if it is not after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            get("")
            return
        except SERVER_ERRORS:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.05)


def print_work() -> None:
    """Kernels are work even if they are idle or their tab is closed, because they hold variables."""
    names = {session["kernel"]["id"]: session["path"] for session in get("/sessions")}
    for kernel in get("/kernels"):
        print(names.get(kernel["id"], f"kernel {kernel['id']}"))
    for terminal in get("/terminals"):
        print(f"terminal {terminal['name']}")


def print_installed() -> None:
    """Python packages that pip or uv installed after the build, and the apt commands of the user."""
    for folder in [sysconfig.get_path("purelib"), site.getusersitepackages()]:
        for file in sorted(Path(folder).glob("*.dist-info/REQUESTED")):
            print(file.parent.stem.replace("-", "==", 1))
    history = Path("/var/log/apt/history.log")
    if history.exists():
        for line in history.read_text().splitlines():
            if line.startswith("Commandline: "):
                print(line.removeprefix("Commandline: "))


def main(arguments: list[str]) -> None:
    """Run the command that the arguments name."""
    match arguments:
        case []:
            wait(0)
        case ["wait", seconds]:
            wait(float(seconds))
            server = find_server()
            print(f"{server['base_url']}lab?token={server['token']}")
        case ["work"]:
            print_work()
        case ["installed"]:
            print_installed()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SERVER_ERRORS as error:
        sys.exit(f"JupyterLab is not ready: {error}")
