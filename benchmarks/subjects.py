"""The projects that are compared: how each is created, built, started, and removed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

BENCHMARKS = Path(__file__).resolve().parent
TEMPLATE = BENCHMARKS.parent
PACKAGES = ["pandas", "numpy", "matplotlib"]  # and JupyterLab
TIMEOUT = 120  # seconds for a server to answer


class Subject(Protocol):
    """A project in its own folder. Its server is published on `port`."""

    port: int

    def write_packages(self, *packages: str) -> None:
        """Replace the list of Python packages with PACKAGES and these."""

    def build(self, uid: int | None = None) -> None:
        """Build the image, for the user ID `uid` if it is given."""

    def run(self) -> None:
        """Create and start a container. Replace the present one, if there is one."""

    def start(self) -> None:
        """Do what is needed until the server runs: build, create the container, start it."""

    def remove_container(self) -> None:
        """Remove the container, if there is one."""

    def image(self) -> str:
        """Return the ID of the image."""

    def remove(self) -> None:
        """Remove everything that the project has on the engine."""


class DockerfileProject:
    """A folder with a Dockerfile and a list of packages, used with docker commands."""

    def __init__(self, folder: Path, dockerfile: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.name = f"jupyter-docker-benchmark-{uuid.uuid4().hex[:8]}"
        shutil.copy(BENCHMARKS / dockerfile / "Dockerfile", folder)
        self.write_packages()

    def write_packages(self, *packages: str) -> None:
        lines = [*PACKAGES, "jupyterlab", *packages]
        (self.folder / "pip-requirements.txt").write_text("\n".join(lines) + "\n")

    def build(self, uid: int | None = None) -> None:
        options = ["--tag", self.name, "--label", self.name, "--build-arg", f"NB_UID={uid or 1000}"]
        execute("docker", "build", *options, self.folder)

    def image(self) -> str:
        return execute("docker", "images", "--quiet", "--no-trunc", self.name)

    def run(self) -> None:
        self.remove_container()
        port = f"127.0.0.1:{self.port}:8888"
        mount = f"{self.folder}:/home/myuser/work"
        execute("docker", "run", "--detach", "--name", self.name, "-p", port, "-v", mount, self.name)

    def start(self) -> None:
        self.build()
        if self._container():
            execute("docker", "start", self.name)
        else:
            self.run()

    def remove_container(self) -> None:
        if self._container():
            execute("docker", "stop", self.name)
            execute("docker", "rm", self.name)

    def _container(self) -> str:
        return execute("docker", "ps", "--all", "--quiet", "--filter", f"name={self.name}")

    def remove(self) -> None:
        execute("docker", "rm", "--force", self.name)
        # By label, because an image loses its tag to the next build.
        images = execute("docker", "images", "--all", "--quiet", "--filter", f"label={self.name}").split()
        if images:
            execute("docker", "image", "rm", "--force", *images)


class TemplateProject:
    """A project that Cookiecutter generates from this template, used with its own scripts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        config = folder / "cookiecutter.yaml"  # keeps Cookiecutter's replay file out of the home folder
        config.write_text(f"replay_dir: {folder}/replay\ncookiecutters_dir: {folder}/templates\n")
        options = ["--no-input", "--config-file", str(config), "--output-dir", str(folder)]
        execute(sys.executable, "-m", "cookiecutter", *options, TEMPLATE, "project_slug=my-project")
        self.folder = folder / "my-project"
        self.write_packages()

    def script(self, name: str, *arguments: str, **variables: str) -> None:
        """Run one of the project's scripts."""
        env = {"DOCKERPORT": str(self.port), **variables}
        execute(self.folder / "requirements" / name, *arguments, env=env)

    def write_packages(self, *packages: str) -> None:
        text = "\n".join([*PACKAGES, *packages]) + "\n"  # the template brings JupyterLab
        (self.folder / "requirements/pip-requirements.txt").write_text(text)

    def build(self, uid: int | None = None) -> None:
        self.script("build.sh", **({"NB_UID": str(uid)} if uid else {}))

    def run(self) -> None:
        self.script("run.sh", "-d")

    def start(self) -> None:
        self.script("start.sh", "-d")

    def remove_container(self) -> None:
        containers = self._list("ps", "--all")
        if containers:
            execute("docker", "stop", *containers)
            execute("docker", "rm", *containers)

    def image(self) -> str:
        return self._list("images", "--no-trunc")[0]

    def _list(self, *command: str) -> list[str]:
        """The IDs of what the project has on the engine, the newest first."""
        label = f"label=jupyter-docker.folder={self.folder}"
        return execute("docker", *command, "--quiet", "--filter", label).split()

    def remove(self) -> None:
        self.script("stop.sh", "--remove")  # also the home volume


CREATE: dict[str, Callable[[Path], Subject]] = {
    "plain": lambda folder: DockerfileProject(folder, "plain"),
    "expert": lambda folder: DockerfileProject(folder, "expert"),
    "ours": TemplateProject,
}


@contextmanager
def project(name: str) -> Iterator[Subject]:
    """Create a subject in a temporary folder. Remove it with all that it has on the engine afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"jupyter-docker-benchmark-{name}-") as folder:
        subject = CREATE[name](Path(folder).resolve())
        try:
            yield subject
        finally:
            subject.remove()


def execute(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output. Raise RuntimeError with the end of its log if it fails."""
    with subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            # A script's own child processes must end as well: a build that goes on would leave an image behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{output[-2000:]}{errors[-4000:]}")
    return output.strip()


def free_port() -> int:
    """Return a port on 127.0.0.1 that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether the server on `port` answers with HTTP 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/api", timeout=2):
            return True
    except OSError:
        return False


def wait_for_answer(port: int) -> float:
    """Wait until the server on `port` answers. Return the time of the answer (monotonic)."""
    end = time.monotonic() + TIMEOUT
    while not answers(port):
        if time.monotonic() > end:
            raise TimeoutError(f"no answer on port {port} within {TIMEOUT} s")
        time.sleep(0.02)
    return time.monotonic()


def seconds_to_answer(port: int, start: Callable[[], object]) -> float:
    """Return the seconds from calling `start` to the first response after it has returned.

    An earlier request could delay the later ones by up to a second: if the container has no network yet, Linux asks for
    its address again only after that time.
    """
    begin = time.monotonic()
    start()
    return wait_for_answer(port) - begin
