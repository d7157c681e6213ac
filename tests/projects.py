"""Rendered projects, used on the real engine the way a person uses them."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import pwd
import re
import signal
import subprocess
import termios
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

FOLDER_LABEL = "jupyter-docker.folder"
LINK = re.compile(r"https?://\S+|file:///\S+")
T = TypeVar("T")

# Runs inside: executes cells in one kernel over the server's own API, as a browser would.
CELLS = """
import json, sys, urllib.request, uuid
import websocket
from jupyter_server.serverapp import list_running_servers
server = next(iter(list_running_servers()))
base, headers = "127.0.0.1:8888/api/kernels", {"Authorization": "token " + server["token"]}
def call(method, path="", body=None):
    request = urllib.request.Request("http://" + base + path, method=method, headers=headers, data=body)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read()
kernel = json.loads(call("POST", body=b"{}"))["id"]
channel = websocket.create_connection(
    f"ws://{base}/{kernel}/channels?session_id={kernel}", header=headers, timeout=120, http_no_proxy=["127.0.0.1"])
for code in json.loads(sys.argv[1]):
    ask = uuid.uuid4().hex
    channel.send(json.dumps({"header": {"msg_id": ask, "msg_type": "execute_request", "username": "test",
        "session": ask, "version": "5.3"}, "parent_header": {}, "metadata": {}, "channel": "shell",
        "content": {"code": code, "silent": False}}))
    if sys.argv[2] == "busy":
        while json.loads(channel.recv())["content"].get("execution_state") != "busy": pass
        sys.exit()
    text, done = "", set()
    while done != {"idle", "reply"}:
        message = json.loads(channel.recv())
        if message["parent_header"].get("msg_id") != ask: continue
        content = message["content"]
        if message["msg_type"] == "stream": text += content["text"]
        if message["msg_type"] == "execute_result": text += content["data"]["text/plain"]
        if message["msg_type"] == "error": text += content["ename"] + ": " + content["evalue"]
        if content.get("execution_state") == "idle": done.add("idle")
        if message["msg_type"] == "execute_reply": done.add("reply")
    print(json.dumps(text.strip()))
channel.close()
call("DELETE", "/" + kernel)
"""


def until(condition: Callable[[], T], what: str, seconds: float = 30) -> T:
    """Wait for `condition` to return something true, and return that; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.05)
    return value


def get(link: str) -> int:
    """The HTTP status of `link`, past any proxy and with no cookies; 0 where nothing answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(link, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def port_of(link: str) -> int:
    """The port in a link."""
    return int(link.split(":")[2].split("/")[0])


@dataclass(frozen=True)
class Person:
    """A user of the host who may use Docker; `groups` are ids of groups beside the first one."""

    name: str
    uid: int
    gid: int
    home: Path
    groups: tuple[int, ...] = ()

    @classmethod
    def named(cls, name: str) -> Person:
        """The user of that name; KeyError where there is none."""
        entry = pwd.getpwnam(name)
        groups = tuple(os.getgrouplist(name, entry.pw_gid))
        return cls(name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir), groups)

    def popen(
        self, command: list[str], env: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.Popen:
        """Start `command` as this person, in a plain environment plus `env`."""
        if os.geteuid() == 0:
            more |= {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}
        plain = {
            "HOME": str(self.home),
            "USER": self.name,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        if "DOCKER_HOST" in os.environ:
            plain["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
        return subprocess.Popen(command, env=plain | dict(env or {}), **({"cwd": "/"} | more))

    def run(self, command: list[str], env: Mapping[str, str] | None = None, **more: Any) -> Ran:
        """Run `command` as this person to its end, with no terminal; TimeoutExpired after 10 minutes."""
        pipe = subprocess.PIPE
        more = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, "text": True} | more
        with self.popen(command, env, **more) as process:
            out, err = process.communicate(timeout=600)
        return Ran(process.returncode, out, err)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def link(self) -> str:
        """The one link in all that was printed; AssertionError where there is none or a second."""
        return only_link(self.out + self.err)


def only_link(text: str) -> str:
    """The one link in `text`, docker's progress aside; AssertionError where there is none or a second."""
    links = LINK.findall(re.sub(r"(?m)^#\d+ .*", "", text))
    assert len(links) == 1, f"not exactly one link in:\n{text}"
    return links[0]


class Session:
    """A script that goes on running, in a terminal of its own or (`tty=False`) in a pipe."""

    def __init__(self, person: Person, command: list[str], tty: bool = True, **more: Any) -> None:
        self.text = ""
        if tty:
            self.master, slave = pty.openpty()
        else:
            self.master, slave = os.pipe()

        def own_terminal() -> None:
            if tty:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = person.popen(
            command,
            stdin=slave if tty else subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=own_terminal,
            **more,
        )
        os.close(slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self.master, 65536):
                self.text += chunk.decode(errors="replace")
        except OSError:  # the terminal is gone
            return

    def link(self) -> str:
        """Wait for the link, and for the line that comes after it."""

        def shown() -> bool:
            assert self.process.poll() is None, f"ended early:\n{self.text}"
            return "Ctrl-C" in self.text

        until(shown, "a link", 300)
        return LINK.findall(self.text)[0]

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self.master, b"\x03")

    def hang_up(self) -> None:
        """Close the terminal: the kernel sends SIGHUP."""
        os.kill(self.process.pid, signal.SIGHUP)
        self.end()

    def wait(self, seconds: float = 30) -> float:
        """Wait for the end; returns how long that took, in seconds."""
        begun = time.monotonic()
        self.process.wait(seconds)
        took = time.monotonic() - begun
        self.reader.join(5)
        return took

    def end(self) -> None:
        """End what is left of it."""
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
        self.reader.join(5)


@dataclass
class Project:
    """A rendered project on the host, and what it has on the engine; `env` goes to every script."""

    folder: Path
    person: Person
    engine: Any
    env: dict[str, str] = field(default_factory=dict)

    @property
    def requirements(self) -> Path:
        """The folder `requirements/`."""
        return self.folder / "requirements"

    def script(self, name: str, *words: str, env: Mapping[str, str] | None = None, **more: Any) -> Ran:
        """Run one of the scripts (`start`, `stop`...) to its end."""
        return self.person.run(
            [str(self.requirements / f"{name}.sh"), *words], self.env | dict(env or {}), **more
        )

    def start(self, *words: str, **env: str) -> str:
        """`start.sh -d`; returns the link; AssertionError where it fails or prints more than one."""
        ran = self.script("start", "-d", *words, env=env)
        assert ran.code == 0, ran.out + ran.err
        return ran.link

    def stop(self) -> None:
        """`stop.sh`; AssertionError where it fails."""
        ran = self.script("stop")
        assert ran.code == 0, ran.out + ran.err

    @contextmanager
    def session(self, script: str = "start", tty: bool = True, **more: Any) -> Iterator[Session]:
        """`start.sh` that goes on following the log; ended when the block ends."""
        session = Session(self.person, [str(self.requirements / f"{script}.sh")], tty, **more)
        try:
            yield session
        finally:
            if session.process.poll() is None:
                session.process.send_signal(signal.SIGTERM)
            session.end()
            os.close(session.master)

    def containers(self) -> list[Any]:
        """Its containers, stopped ones included."""
        label = f"{FOLDER_LABEL}={self.folder.resolve()}"
        return self.engine.containers.list(all=True, filters={"label": label})

    def images(self) -> list[Any]:
        """Its images."""
        label = f"{FOLDER_LABEL}={self.folder.resolve()}"
        return self.engine.images.list(all=True, filters={"label": label})

    @property
    def container(self) -> Any:
        """Its one container; AssertionError where there is none or a second."""
        containers = self.containers()
        assert len(containers) == 1, containers
        return containers[0]

    def exec(self, *command: str, **more: Any) -> str:
        """Run `command` inside as the person would; returns its output, stripped; AssertionError if it fails."""
        code, (out, err) = self.container.exec_run(list(command), demux=True, **more)
        assert code == 0, f"{command}: {(out or b'').decode()}{(err or b'').decode()}"
        return (out or b"").decode().strip()

    def cells(self, *code: str) -> list[str]:
        """Execute cells in one fresh kernel through the server; returns what each printed."""
        return [
            json.loads(line)
            for line in self.exec("python", "-c", CELLS, json.dumps(code), "all").splitlines()
        ]

    def busy_cell(self, code: str) -> None:
        """Begin a cell in a fresh kernel, and leave it running."""
        self.exec("python", "-c", CELLS, json.dumps([code]), "busy")

    def log(self) -> str:
        """What the container has logged."""
        return self.container.logs().decode()

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project as the person; returns its path."""
        path = self.folder / name
        path.write_text(text)
        if os.geteuid() == 0:
            os.chown(path, self.person.uid, self.person.gid)
        return path

    def add(self, *lines: str) -> None:
        """Add lines to pip-requirements.txt."""
        path = self.requirements / "pip-requirements.txt"
        path.write_text(path.read_text() + "".join(f"{line}\n" for line in lines))


def sweep(engine: Any, below: Path) -> None:
    """Remove every container and image of the projects below a folder."""

    def ours(labels: Mapping[str, str] | None) -> bool:
        return (labels or {}).get(FOLDER_LABEL, "").startswith(f"{below}/")

    for container in engine.containers.list(all=True, ignore_removed=True):
        if ours(container.labels):
            container.remove(force=True, v=True)
    for image in engine.images.list(all=True):
        if ours(image.labels):
            engine.images.remove(image.id, force=True)
