"""What another machine, another host name, or a request without the token can reach: nothing."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import Project
from support.servers import http_status, port_of, token_of

pytestmark = pytest.mark.docker

# Runs in the container: every route that this server and its extensions have, with a value for each variable.
ROUTES = r"""
import json, logging, re
from jupyterlab.labapp import LabApp
app = LabApp.initialize_server(argv=["--ServerApp.port=0", "--ServerApp.allow_root=True", "--log-level=50"])
routes = {}
def value(group):
    return "1-1-1-1-1" if r"\w+-" in group[1] else "/1" if "/" in group[1] else "1"
def walk(router):
    for rule in router.rules:
        pattern = getattr(getattr(rule, "matcher", None), "regex", None)
        if pattern is not None:
            path = pattern.pattern.rstrip("$?")
            for _ in range(9):  # groups within groups
                path = re.sub(r"\((?:\?P<\w+>|\?:)?([^()]*)\)[?*+]?", value, path)
            handler = getattr(rule, "target_kwargs", None) is not None and getattr(rule.target, "__mro__", ())
            routes[re.sub(r"\\(.)", r"\1", path)] = any("WebSocket" in base.__name__ for base in handler or ())
        if hasattr(rule.target, "rules"):
            walk(rule.target)
walk(app.web_app.default_router)
walk(app.web_app.wildcard_router)
print("ROUTES " + json.dumps(routes), flush=True)
import os; os._exit(0)
"""


def listening(port: int) -> set[str]:
    """The local addresses on which this machine listens at `port`, as the kernel writes them."""
    rows = [
        row.split()
        for name in ["/proc/net/tcp", "/proc/net/tcp6"]
        for row in Path(name).read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}


def status(url: str, method: str = "GET", **headers: str) -> int:
    """The HTTP status of `url`; redirects are not followed; 0 if no answer comes."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    data = b"{}" if method == "POST" else None
    request = urllib.request.Request(url, method=method, headers=headers, data=data)
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
        return opener.open(request, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except TimeoutError:
        return 0


@pytest.fixture
def another_machine() -> Iterator[tuple[str, str]]:
    """Another machine: a network namespace with a cable to this one. Yields its name and this machine's address."""
    if os.geteuid() != 0:
        pytest.skip("only root can create a network namespace")
    name, here, there = f"jd{os.getpid()}", "198.51.100.1", "198.51.100.2"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)

    ip("netns", "add", name)
    try:
        ip("link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b", "netns", name)
        ip("address", "add", f"{here}/30", "dev", f"{name}a")
        ip("link", "set", f"{name}a", "up")
        ip("-n", name, "address", "add", f"{there}/30", "dev", f"{name}b")
        ip("-n", name, "link", "set", f"{name}b", "up")
        yield name, here
    finally:
        subprocess.run(["ip", "link", "delete", f"{name}a"], capture_output=True)
        ip("netns", "delete", name)


def test_the_port_is_published_on_loopback_only(locked: Project) -> None:
    port = port_of(locked.start())
    assert locked.container.ports == {"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert listening(port) == {"0100007F"}


def test_another_machine_cannot_connect(locked: Project, another_machine: tuple[str, str]) -> None:
    name, here = another_machine

    def connects(port: int) -> bool:
        call = ["timeout", "10", "bash", "-c", f"exec 3<>/dev/tcp/{here}/{port}"]
        return subprocess.run(["ip", "netns", "exec", name, *call], capture_output=True).returncode == 0

    with socket.create_server(("", 0)) as open_to_all:
        assert connects(open_to_all.getsockname()[1])  # the cable works
    assert not connects(port_of(locked.start()))


def test_the_api_needs_the_token(locked: Project) -> None:
    link = locked.start()
    base = link.split("/lab")[0]
    assert http_status(f"{base}/api/contents?token={token_of(link)}") == 200
    assert http_status(f"{base}/api/contents") == 403
    assert http_status(f"{base}/api/contents?token=wrong") == 403
    assert http_status(f"{base}/api/contents?token=") == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8888", "10.1.2.3", "localhost.evil.example"])
def test_a_foreign_host_name_is_refused(locked: Project, host: str) -> None:
    link = locked.start()
    base = link.split("/lab")[0]
    assert http_status(f"{base}/api", Host=host) == 403
    assert http_status(f"{base}/api/contents?token={token_of(link)}", Host=host) == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "localhost:9999", "[::1]:8888"])
def test_a_local_host_name_is_accepted(locked: Project, host: str) -> None:
    assert http_status(f"{locked.start().split('/lab')[0]}/api", Host=host) == 200


def test_every_route_needs_the_token(locked: Project) -> None:
    base = locked.start().split("/lab")[0]
    out = locked.exec(
        "python", "-c", ROUTES, environment={"JUPYTER_RUNTIME_DIR": "/tmp/routes", "HOME": "/tmp"}
    )
    locked.exec("rm", "-rf", "/tmp/routes")
    routes = json.loads(next(line for line in out.splitlines() if line.startswith("ROUTES "))[7:])
    private = {
        path: is_socket
        for path, is_socket in routes.items()
        if re.search(r"/api/|/files/|/nbconvert|/terminals|/lsp/", path) or is_socket
    }
    assert len(private) > 20, routes
    assert any(private.values()), routes
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    answers = {}
    for path, is_socket in private.items():
        answers[path] = status(base + path, **(upgrade if is_socket else {}))
        if not is_socket:
            answers["POST " + path] = status(base + path, "POST")
    # 0 is no answer: what JupyterLab sends to a client without the token that asks for its licenses.
    refusals = (302, 401, 403, 404, 405)
    assert {
        path: code
        for path, code in answers.items()
        if code not in refusals and not (code == 0 and "licenses" in path)
    } == {}
    assert answers["/api/status"] == answers["/api/contents/1"] == answers["POST /api/kernels"] == 403


def test_the_token_is_only_in_its_file(locked: Project) -> None:
    token = token_of(locked.start())
    assert re.fullmatch("[0-9a-f]{32,}", token)
    image = locked.engine.images.get(locked.container.image.id)
    assert token not in json.dumps([locked.container.attrs, image.attrs, image.history()])
    assert token not in locked.exec("env")
    assert token not in locked.log()
    files = [path for path in locked.folder.rglob("*") if path.is_file()]
    assert [path for path in files if token.encode() in path.read_bytes()] == []
    file = "/home/jovyan/.jupyter/token"
    assert locked.exec("cat", file) == token
    assert locked.exec("stat", "--format", "%a %u", file) == f"600 {locked.user.uid}"


def test_an_emptied_token_file_gets_a_new_token(locked: Project) -> None:
    old = locked.start()
    locked.exec("truncate", "--size", "0", "/home/jovyan/.jupyter/token")
    link = locked.run()
    assert re.fullmatch("[0-9a-f]{32,}", token_of(link))
    assert token_of(link) != token_of(old)
    assert http_status(old.replace("/lab?", "/api/contents?")) == 403
    assert http_status(link.replace("/lab?", "/api/contents?")) == 200
