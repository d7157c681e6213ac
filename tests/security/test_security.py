"""What a stranger on the network, another user, or code inside can reach: nothing but the project."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_fixtures import make
from projects import Person, Project, port_of, sweep

pytestmark = pytest.mark.docker

# Runs inside: every route that this server and its extensions know, with a value in place of each variable.
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


@pytest.fixture(scope="module")
def locked(ground: Path, person: Person, engine: object) -> Iterator[Project]:
    """A running project with passwordless_sudo=no, for tests that leave it as it is."""
    project = make(ground, person, engine, passwordless_sudo="no")
    project.start()
    yield project
    sweep(engine, project.folder.parent)


def listening(port: int) -> set[str]:
    """The local addresses on which this machine listens at `port`, as the kernel writes them."""
    rows = [
        row.split()
        for name in ["/proc/net/tcp", "/proc/net/tcp6"]
        for row in Path(name).read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}


def status(url: str, method: str = "GET", **headers: str) -> int:
    """The HTTP status of `url`; redirects are not followed; 0 where no answer comes."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(
        url, method=method, headers=headers, data=b"{}" if method == "POST" else None
    )
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
        return opener.open(request, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except TimeoutError:
        return 0


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, str]]:
    """Another machine, as a network namespace with a cable to this one: its name, and this machine's address."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a network namespace")
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


def test_listens_on_loopback_alone(locked: Project) -> None:
    port = port_of(locked.start())
    assert locked.container.ports == {"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert listening(port) == {"0100007F"}


def test_another_machine_cannot_reach_it(locked: Project, elsewhere: tuple[str, str]) -> None:
    name, here = elsewhere

    def reached(port: int) -> bool:
        call = ["timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{here}/{port}"]
        return subprocess.run(["ip", "netns", "exec", name, *call], capture_output=True).returncode == 0

    with socket.create_server(("", 0)) as open_to_all:
        assert reached(open_to_all.getsockname()[1])  # so the cable works
    assert not reached(port_of(locked.start()))


def test_every_route_asks_for_the_token(locked: Project) -> None:
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
    # 0 is no answer: what JupyterLab gives a stranger who asks for its licences.
    assert {path: code for path, code in answers.items() if code not in (0, 302, 401, 403, 404, 405)} == {}
    assert answers["/api/status"] == answers["/api/contents/1"] == answers["POST /api/kernels"] == 403


def test_token_is_written_nowhere(locked: Project) -> None:
    token = locked.start().split("token=")[1]
    assert re.fullmatch("[0-9a-f]{32,}", token)
    image = locked.engine.images.get(locked.container.image.id)
    assert token not in json.dumps([locked.container.attrs, image.attrs, image.history()])
    assert token not in locked.exec("env")
    files = [path for path in locked.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if token.encode() in path.read_bytes()] == []


def test_token_is_new_for_each_container(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    tokens = [project.script("run", "-d").link.split("token=")[1] for _ in range(2)]
    assert tokens[0] != tokens[1]


def test_no_sudo_means_no_way_to_root(locked: Project) -> None:
    fields = "{k: v.strip() for k, v in (l.split(':', 1) for l in open('/proc/self/status'))}"
    [printed] = locked.cells(f"s = {fields}; s['CapEff'], s['CapBnd'], s['NoNewPrivs'], s['Uid'].split()[1]")
    assert printed == repr(("0" * 16, "0" * 16, "1", str(locked.person.uid)))
    [euid] = locked.cells(
        "import subprocess; subprocess.run('cp /bin/id /tmp/id; chmod 4755 /tmp/id; /tmp/id -u', shell=True,"
        " capture_output=True, text=True).stdout.strip()"
    )
    assert euid == repr(str(locked.person.uid))
    [found] = locked.cells(
        "subprocess_ = __import__('subprocess'); [path for path in subprocess_.run('find / -xdev -perm -4000 -uid 0',"
        " shell=True, capture_output=True, text=True).stdout.split() if subprocess_.run([path, '-c', 'id -u'],"
        " stdin=-3, capture_output=True, text=True, timeout=20).stdout.strip() == '0']"
    )
    assert found == "[]"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")
def test_root_without_sudo_keeps_only_what_files_need(new: Callable[..., Project]) -> None:
    root = Person("root", 0, 0, Path("/root"))
    project = new(person=root, layout="requirements", passwordless_sudo="no")
    project.start()
    [bounds] = project.cells("[l.split()[1] for l in open('/proc/self/status') if l.startswith('CapBnd')][0]")
    assert int(bounds.strip("'"), 16) == 0b1011  # CHOWN, DAC_OVERRIDE, FOWNER
    project.cells("open('made.txt', 'w').close()")
    assert (project.folder / "made.txt").stat().st_uid == 0


def test_nothing_of_the_host_but_the_project_is_inside(locked: Project) -> None:
    attrs = locked.container.attrs
    assert [mount["Source"] for mount in attrs["Mounts"]] == [str(locked.folder)]
    host = attrs["HostConfig"]
    assert (host["Privileged"], host["PidMode"], host["Devices"] or []) == (False, "", [])
    assert host["NetworkMode"] in ("bridge", "default")
    assert host["IpcMode"] == "private"


def test_build_sends_no_secret_of_the_project(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    for name in [".env", "id_ed25519", "notebooks.pem"]:
        (project.folder / name).write_bytes(os.urandom(3_000_000))
    ran = project.script("build", "--", "--progress=plain")
    assert ran.code == 0, ran.err
    sent = re.findall(r"transferring (?!dockerfile)[\w ]+: ([\d.]+)([kM]?B)", ran.err)
    assert sent
    assert sum(float(size) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit] for size, unit in sent) < 500_000, ran.err


def test_image_holds_no_secret_of_requirements(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    (project.requirements / ".env").write_text("PASSWORD=x")
    (project.requirements / "secret.pem").write_text("PRIVATE KEY")
    project.start()
    assert (
        project.exec("bash", "-c", "find / -xdev -name .env -o -xdev -name secret.pem 2>/dev/null; true")
        == ""
    )
