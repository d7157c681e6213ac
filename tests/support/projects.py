"""Rendered projects, used on a real engine as a user uses them."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
from support.servers import LINK, Server
from support.template import render
from support.users import Result, User
from support.waiting import until

FOLDER_LABEL = "jupyter-docker.folder"
RUN_CELLS = Path(__file__).with_name("run_cells.py").read_text()


class Session:
    """A script that keeps running, in its own terminal or (`tty=False`) with its output in a pipe."""

    def __init__(self, user: User, command: list[str], tty: bool = True, **more: Any) -> None:
        self.text = ""
        if tty:
            self.master, slave = pty.openpty()
        else:
            self.master, slave = os.pipe()

        def take_terminal() -> None:
            # Under nohup, a script would inherit that SIGHUP is ignored, and bash could not trap it.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            if tty:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = user.popen(
            command,
            stdin=slave if tty else subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=take_terminal,
            **more,
        )
        os.close(slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self.master, 65536):
                self.text += chunk.decode(errors="replace")
        except OSError:  # the terminal is closed
            return

    def link(self) -> str:
        """Wait for the link, and for the line that comes after it."""

        def shown() -> bool:
            assert self.process.poll() is None, f"ended early:\n{self.text}"
            return "Press Ctrl-C to stop JupyterLab." in self.text

        until(shown, "a link", 300)
        return LINK.findall(self.text.partition("JupyterLab: ")[2])[0]

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
    """A rendered project on the host, and what belongs to it on the engine; every script gets `env`."""

    folder: Path
    user: User
    engine: Any
    env: dict[str, str] = field(default_factory=dict)

    @property
    def requirements(self) -> Path:
        """The folder `requirements/`."""
        return self.folder / "requirements"

    @property
    def base_image(self) -> str:
        """The base image that its Dockerfile names."""
        text = (self.requirements / "Dockerfile").read_text()
        [name] = re.findall(r"^ARG BASE_IMAGE=(.*)", text, re.MULTILINE)
        return name

    def script(self, name: str, *words: str, env: Mapping[str, str] | None = None, **more: Any) -> Result:
        """Run one of the scripts (`start`, `stop`, ...) to its end."""
        command = [str(self.requirements / f"{name}.sh"), *words]
        return self.user.run(command, self.env | dict(env or {}), **more)

    def succeed(self, name: str, *words: str, **more: Any) -> Result:
        """Run one of the scripts; AssertionError if it fails."""
        result = self.script(name, *words, **more)
        assert result.status == 0, result.stdout + result.stderr
        return result

    def fail(self, name: str, *words: str, **more: Any) -> Result:
        """Run one of the scripts; AssertionError unless it fails with exactly one error and prints nothing else."""
        result = self.script(name, *words, **more)
        assert result.status == 1, result.stdout + result.stderr
        assert result.stdout == ""
        assert [line[:6] for line in result.messages].count("error:") == 1, result.stderr
        return result

    def start(self, *words: str, **env: str) -> str:
        """`start.sh -d`; returns the link."""
        return self.succeed("start", "-d", *words, env=env).link

    def run(self, *words: str, **env: str) -> str:
        """`run.sh -d`; returns the link."""
        return self.succeed("run", "-d", *words, env=env).link

    def stop(self) -> None:
        """`stop.sh`."""
        self.succeed("stop")

    @contextmanager
    def session(
        self, script: str = "start", *arguments: str, tty: bool = True, **more: Any
    ) -> Iterator[Session]:
        """A script that follows the log; ended when the block ends."""
        session = Session(self.user, [str(self.requirements / f"{script}.sh"), *arguments], tty, **more)
        try:
            yield session
        finally:
            if session.process.poll() is None:
                session.process.send_signal(signal.SIGTERM)
            session.end()
            os.close(session.master)

    def containers(self) -> list[Any]:
        """Its containers, stopped and temporary ones included."""
        label = f"{FOLDER_LABEL}={self.folder.resolve()}"
        return self.engine.containers.list(all=True, filters={"label": label}, ignore_removed=True)

    def images(self) -> list[Any]:
        """Its images."""
        label = f"{FOLDER_LABEL}={self.folder.resolve()}"
        return list_images(self.engine, filters={"label": label})

    @property
    def container(self) -> Any:
        """Its one container; AssertionError if there is not exactly one."""
        containers = self.containers()
        assert len(containers) == 1, containers
        return containers[0]

    @property
    def image(self) -> Any:
        """Its one image; AssertionError if there is not exactly one."""
        images = self.images()
        assert len(images) == 1, images
        return images[0]

    def volumes(self) -> list[Any]:
        """Its volumes: at most one, the home volume."""
        return self.engine.volumes.list(filters={"label": f"{FOLDER_LABEL}={self.folder.resolve()}"})

    def exec(self, *command: str, **more: Any) -> str:
        """Run `command` in the running container; returns its output, stripped; AssertionError if it fails."""
        status, (out, err) = self.container.exec_run(list(command), demux=True, **more)
        assert status == 0, f"{command}: {(out or b'').decode()}{(err or b'').decode()}"
        return (out or b"").decode().strip()

    def cells(self, *code: str, kernel: str = "python3") -> list[str]:
        """Execute cells in one new kernel through the server; returns what each printed."""
        output = self.exec("python", "-c", RUN_CELLS, json.dumps(code), "all", kernel)
        return [json.loads(line) for line in output.splitlines()]

    def busy_cell(self, code: str, *path: str) -> None:
        """Begin a cell in a new kernel (of the notebook `path`, if given), and leave it running."""
        self.exec("python", "-c", RUN_CELLS, json.dumps([code]), "busy", "python3", *path)

    def open_kernel(self, path: str) -> None:
        """Open a notebook, so that a kernel runs for it, as JupyterLab does."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        Server(self.start()).call("POST", "sessions", body)

    def write_in_home(self, name: str, text: str) -> None:
        """Write a file in the home folder of the running container."""
        code = "import pathlib, sys; pathlib.Path.home().joinpath(sys.argv[1]).write_text(sys.argv[2])"
        self.exec("python", "-c", code, name, text)

    def typed(self, line: str) -> Result:
        """Run a shell line in the project; AssertionError if it fails."""
        result = self.user.run(["bash", "-c", line], self.env, cwd=self.folder)
        assert result.status == 0, result.stdout + result.stderr
        return result

    def log(self) -> str:
        """The log of its container."""
        return self.container.logs().decode()

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project as the user; returns its path."""
        path = self.folder / name
        for folder in reversed(path.relative_to(self.folder).parents):
            if not (self.folder / folder).exists():
                (self.folder / folder).mkdir()
                self.give(self.folder / folder)
        path.write_text(text)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Make the user the owner of a path."""
        if os.geteuid() == 0:
            os.chown(path, self.user.uid, self.user.gid)

    def list_packages(self, *lines: str) -> None:
        """Write pip-requirements.txt."""
        self.write("requirements/pip-requirements.txt", "".join(f"{line}\n" for line in lines))

    def add(self, *lines: str) -> None:
        """Add lines to pip-requirements.txt."""
        text = (self.requirements / "pip-requirements.txt").read_text()
        self.write("requirements/pip-requirements.txt", text + "".join(f"{line}\n" for line in lines))

    def replace_jupyter(self) -> None:
        """Install one small package instead of Jupyter, for tests that build its layer but start no server."""
        self.write("requirements/image/scripts/jupyter-requirements.txt", "packaging\n")

    @property
    def lock(self) -> str:
        """The text of requirements.lock."""
        return (self.requirements / "requirements.lock").read_text()


def make_project(workspace: Path, user: User, engine: Any, parent: str = "", **answers: str) -> Project:
    """Render a project of this user in a new folder (below `parent`, if given)."""
    folder = Path(tempfile.mkdtemp(dir=workspace)) / parent
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(render(folder, hooks=False, **answers), user, engine)
    for script in project.requirements.glob("*.sh"):  # the hook's work
        script.chmod(0o755)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{user.uid}:{user.gid}", str(folder)], check=True)
        folder.parent.chmod(0o755)
        folder.chmod(0o755)
    return project


@contextmanager
def temporary_project(workspace: Path, user: User, engine: Any, **answers: str) -> Iterator[Project]:
    """A rendered project; whatever it has on the engine is removed when the block ends."""
    project = make_project(workspace, user, engine, **answers)
    try:
        yield project
    finally:
        sweep(engine, project.folder.parent)


def list_images(engine: Any, filters: Mapping[str, str] | None = None) -> list[Any]:
    """All images, except those that another process of the tests removes meanwhile."""
    images = []
    for entry in engine.api.images(all=True, filters=filters):
        with suppress(docker.errors.ImageNotFound):
            images.append(engine.images.get(entry["Id"]))
    return images


def sweep(engine: Any, below: Path) -> None:
    """Remove every container, image, and volume of the projects in a folder."""

    def belongs(labels: Mapping[str, str] | None) -> bool:
        return (labels or {}).get(FOLDER_LABEL, "").startswith(f"{below}/")

    labeled = {"label": FOLDER_LABEL}
    for container in engine.containers.list(all=True, ignore_removed=True, filters=labeled):
        if belongs(container.labels):
            container.remove(force=True, v=True)
    for image in engine.api.images(all=True, filters=labeled):
        if belongs(image["Labels"]):
            with suppress(docker.errors.ImageNotFound):
                engine.images.remove(image["Id"], force=True)
    for volume in engine.volumes.list(filters=labeled):
        if belongs(volume.attrs["Labels"]):
            volume.remove(force=True)
