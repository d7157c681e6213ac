"""The figures: their titles, and how each is measured once."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from subjects import Subject, execute, free_port, project, seconds_to_answer, wait_for_answer

# Another version each time, because Docker would reuse the layer of a version that it has installed before.
SCIPY = [f"scipy=={version}" for version in ("1.17.1", "1.17.0", "1.16.3", "1.16.2", "1.16.1")]
PURE_PYTHON = [f"humanize=={version}" for version in ("4.17.0", "4.16.0", "4.15.0", "4.14.0", "4.13.0")]
MOST_TIMES = len(SCIPY)


@dataclass(frozen=True)
class Figure:
    """One line of the tables. The figure `image` is in bytes, all others are in seconds."""

    name: str
    title: str


@dataclass(frozen=True)
class ColdFigure(Figure):
    """A figure of a new project. It empties the engine's build cache first."""

    measure: Callable[[str], float]


@dataclass(frozen=True)
class WarmFigure(Figure):
    """A figure of a project that is built. `measure` gets the subject and the number of the round."""

    measure: Callable[[Subject, int], float]


def seconds(action: Callable[[], object]) -> float:
    """Return how long `action` takes."""
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def empty_build_cache(*options: str) -> None:
    """Remove all layers, downloads, and cache mounts that the engine keeps for builds."""
    execute("docker", "builder", "prune", "--all", "--force", *options)


def first_build(name: str) -> float:
    """Build a new project with an empty build cache. Only the base image is there."""
    with project(name) as subject:
        empty_build_cache()
        return seconds(subject.build)


def new_project(name: str) -> float:
    """Create, build, and start a project with no layers, but with the downloads that cache mounts have kept."""
    with project(name) as earlier:
        earlier.build()
    empty_build_cache("--filter", "type=regular")
    begin = time.monotonic()
    with project(name) as subject:
        subject.start()
        wait_for_answer(subject.port)
        return time.monotonic() - begin


def image(subject: Subject, number: int) -> float:
    """Return the size of the image in bytes."""
    return float(execute("docker", "image", "inspect", "--format", "{{.Size}}", subject.image()))


def package_added(added: list[str], subject: Subject, number: int) -> float:
    """Build after one line was added to the list of packages."""
    subject.write_packages(added[number])
    taken = seconds(subject.build)
    subject.write_packages()
    subject.build()
    return taken


def other_user(subject: Subject, number: int) -> float:
    """Build for a user ID that no build had before."""
    taken = seconds(partial(subject.build, uid=10_000 + time.time_ns() % 50_000))
    subject.build()
    return taken


def build_unchanged(subject: Subject, number: int) -> float:
    """Build again with nothing changed."""
    return seconds(subject.build)


def run(subject: Subject, number: int) -> float:
    """Time a new container from the command to the first response."""
    subject.remove_container()
    return seconds_to_answer(subject.port, subject.run)


def replace(subject: Subject, number: int) -> float:
    """Time a container that replaces a running one from the command to its first response."""
    run(subject, number)
    return seconds_to_answer(subject.port, subject.run)


def start_unchanged(subject: Subject, number: int) -> float:
    """Call the start command while the server runs and nothing has changed."""
    run(subject, number)
    return seconds(subject.start)


COLD = [
    ColdFigure("first-build", "First build, nothing cached", first_build),
    ColdFigure("new-project", "New project with cached downloads, until the link is printed", new_project),
]
WARM = [
    WarmFigure("image", "Image", image),
    WarmFigure("scipy", "scipy added", partial(package_added, SCIPY)),
    WarmFigure("pure-python", "Pure-Python package added", partial(package_added, PURE_PYTHON)),
    WarmFigure("other-user", "Another user's IDs", other_user),
    WarmFigure("build-unchanged", "`build.sh` with nothing changed", build_unchanged),
    WarmFigure("run", "`run.sh -d` to the first response", run),
    WarmFigure("replace", "`run.sh -d` that replaces a running container, to the first response", replace),
    WarmFigure("start-unchanged", "`start.sh -d` with nothing changed", start_unchanged),
]
FIGURES: dict[str, Figure] = {figure.name: figure for figure in (*COLD, *WARM)}


@contextmanager
def without_docker(lock: Path, python: str) -> Iterator[Callable[[], float]]:
    """Install what a lock file pins on this machine. Yield a function that times `jupyter lab` to its first response."""
    with tempfile.TemporaryDirectory(prefix="jupyter-docker-benchmark-") as folder:
        uv = [sys.executable, "-m", "uv", "--quiet"]
        execute(*uv, "venv", "--no-python-downloads", "--python", python, f"{folder}/venv")
        options = ["--no-deps", "--compile-bytecode", "--python", f"{folder}/venv/bin/python"]
        execute(*uv, "pip", "install", *options, "--requirement", lock)
        jupyter = [f"{folder}/venv/bin/jupyter", "lab", "--allow-root", "--no-browser", "--ip=127.0.0.1"]

        def measure() -> float:
            port = free_port()
            with (
                open(f"{folder}/log", "w") as log,
                subprocess.Popen([*jupyter, f"--port={port}"], cwd=folder, stdout=log, stderr=log) as server,
            ):
                try:
                    begin = time.monotonic()
                    return wait_for_answer(port) - begin
                finally:
                    server.terminate()

        yield measure
