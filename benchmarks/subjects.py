"""The projects that are compared: how each is created, built, started, and removed."""

from __future__ import annotations

import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from commands import execute, free_port

BENCHMARKS = Path(__file__).resolve().parent
TEMPLATE = BENCHMARKS.parent


class Subject(Protocol):
    """A project in its own folder. Its server is published on `port`."""

    port: int

    def write_packages(self, packages: Sequence[str]) -> None:
        """Replace the list of Python packages."""

    def build(self, uid: int | None = None) -> None:
        """Build the image, for the user ID `uid` if it is given."""

    def run(self) -> None:
        """Create and start a container."""

    def start(self) -> None:
        """Do what is needed until the server runs: build, create the container, start it."""

    def image(self) -> str:
        """Return the ID of the image."""

    def remove(self) -> None:
        """Remove the container and the image."""


class DockerfileProject:
    """A folder with a Dockerfile and a list of packages, used with docker commands."""

    def __init__(self, folder: Path, packages: Sequence[str], *, dockerfile: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.name = f"jupyter-docker-benchmark-{uuid.uuid4().hex[:8]}"
        self.has_container = False
        shutil.copy(BENCHMARKS / dockerfile / "Dockerfile", folder)
        self.write_packages(packages)

    def write_packages(self, packages: Sequence[str]) -> None:
        (self.folder / "pip-requirements.txt").write_text("\n".join(packages) + "\n")

    def build(self, uid: int | None = None) -> None:
        options = ["--tag", self.name, "--label", self.name, "--build-arg", f"NB_UID={uid or 1000}"]
        execute("docker", "build", *options, self.folder)

    def image(self) -> str:
        return execute("docker", "images", "--quiet", "--no-trunc", self.name)

    def run(self) -> None:
        self.has_container = True
        port = f"127.0.0.1:{self.port}:8888"
        mount = f"{self.folder}:/home/myuser/work"
        execute("docker", "run", "--detach", "--name", self.name, "-p", port, "-v", mount, self.name)

    def start(self) -> None:
        self.build()
        if self.has_container:
            execute("docker", "start", self.name)
        else:
            self.run()

    def remove(self) -> None:
        self.has_container = False
        execute("docker", "rm", "--force", self.name)
        # By label, because an image loses its tag to the next build.
        images = execute("docker", "images", "--all", "--quiet", "--filter", f"label={self.name}").split()
        if images:
            execute("docker", "image", "rm", "--force", *images)


class TemplateProject:
    """A project that Cookiecutter generates from this template, used with its own scripts."""

    def __init__(self, folder: Path, packages: Sequence[str]) -> None:
        self.port = free_port()
        self.tag = f"benchmark-{uuid.uuid4().hex[:8]}"
        config = folder / "cookiecutter.yaml"  # keeps Cookiecutter's replay file out of the home folder
        config.write_text(f"replay_dir: {folder}/replay\ncookiecutters_dir: {folder}/templates\n")
        options = ["--no-input", "--config-file", str(config), "--output-dir", str(folder)]
        execute(sys.executable, "-m", "cookiecutter", *options, TEMPLATE, "project_slug=my-project")
        self.requirements = folder / "my-project/requirements"
        self.write_packages(packages)

    def script(self, name: str, *arguments: str, **variables: str) -> None:
        """Run one of the project's scripts."""
        env = {"IMAGETAG": self.tag, "DOCKERPORT": str(self.port), **variables}
        execute(self.requirements / name, *arguments, env=env)

    def write_packages(self, packages: Sequence[str]) -> None:
        packages = [package for package in packages if package != "jupyterlab"]  # the template brings it
        (self.requirements / "pip-requirements.txt").write_text("\n".join(packages) + "\n")

    def build(self, uid: int | None = None) -> None:
        self.script("build.sh", **({"NB_UID": str(uid)} if uid else {}))

    def run(self) -> None:
        self.script("run.sh", "-d")

    def start(self) -> None:
        self.script("start.sh", "-d")

    def image(self) -> str:
        return execute("docker", "images", "--quiet", "--no-trunc", "--filter", f"reference=*:{self.tag}")

    def remove(self) -> None:
        self.script("stop.sh", "--remove")


def plain(folder: Path, packages: Sequence[str]) -> Subject:
    """Create a project with the plain Dockerfile."""
    return DockerfileProject(folder, packages, dockerfile="plain")


def expert(folder: Path, packages: Sequence[str]) -> Subject:
    """Create a project with the expert Dockerfile."""
    return DockerfileProject(folder, packages, dockerfile="expert")


CREATE: dict[str, Callable[[Path, Sequence[str]], Subject]] = {
    "plain": plain,
    "expert": expert,
    "ours": TemplateProject,
}


@contextmanager
def project(name: str, packages: Sequence[str]) -> Iterator[Subject]:
    """Create a subject in a temporary folder. Remove it with its container and image afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"jupyter-docker-benchmark-{name}-") as folder:
        subject = CREATE[name](Path(folder).resolve(), packages)
        try:
            yield subject
        finally:
            subject.remove()
