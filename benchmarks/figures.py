"""The figures: their titles, and how each is measured once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from commands import execute, seconds, seconds_to_answer, wait_for_answer
from subjects import BENCHMARKS, Subject, project

ALL_PACKAGES = (BENCHMARKS / "packages.txt").read_text().split()
SIZES = [4, 20, 60]  # numbers of packages
BASE = SIZES[0]

# Another version each time, because Docker would reuse the layer of a version that it has installed before.
SCIPY = [f"scipy=={version}" for version in ("1.17.1", "1.17.0", "1.16.3", "1.16.2", "1.16.1")]
PURE_PYTHON = [f"humanize=={version}" for version in ("4.17.0", "4.16.0", "4.15.0", "4.14.0", "4.13.0")]
MOST_TIMES = len(SCIPY)


@dataclass(frozen=True)
class Figure:
    """One line of the tables."""

    name: str
    title: str
    unit: str = field(default="s", kw_only=True)


@dataclass(frozen=True)
class ColdFigure(Figure):
    """A figure of a new project. It empties the engine's build cache first."""

    measure: Callable[[str, Sequence[str]], float]


@dataclass(frozen=True)
class WarmFigure(Figure):
    """A figure of a project that is built. `measure` gets the subject, its packages, and the number of the round."""

    measure: Callable[[Subject, Sequence[str], int], float]


def first_build(name: str, packages: Sequence[str]) -> float:
    """Build a new project with an empty build cache. Only the base image is there."""
    with project(name, packages) as subject:
        empty_build_cache()
        return seconds(subject.build)


def new_project(name: str, packages: Sequence[str]) -> float:
    """Create, build, and start a project with no layers, but with the downloads that cache mounts have kept."""
    with project(name, packages) as earlier:
        earlier.build()
    execute("docker", "builder", "prune", "--all", "--force", "--filter", "type=regular")
    begin = time.monotonic()
    with project(name, packages) as subject:
        subject.start()
        wait_for_answer(subject.port)
        return time.monotonic() - begin


def empty_build_cache() -> None:
    """Remove all layers, downloads, and cache mounts that the engine keeps for builds."""
    execute("docker", "builder", "prune", "--all", "--force")


def image(subject: Subject, packages: Sequence[str], number: int) -> float:
    """Return the size of the image in bytes."""
    return float(execute("docker", "image", "inspect", "--format", "{{.Size}}", subject.image()))


def package_added(added: Sequence[str], subject: Subject, packages: Sequence[str], number: int) -> float:
    """Build after one line was added to the list of packages."""
    subject.write_packages([*packages, added[number]])
    taken = seconds(subject.build)
    subject.write_packages(packages)
    subject.build()
    return taken


def other_user(subject: Subject, packages: Sequence[str], number: int) -> float:
    """Build for a user ID that no build had before."""
    taken = seconds(partial(subject.build, uid=10_000 + time.time_ns() % 50_000))
    subject.build()
    return taken


def build_unchanged(subject: Subject, packages: Sequence[str], number: int) -> float:
    """Build again with nothing changed."""
    return seconds(subject.build)


def run(subject: Subject, packages: Sequence[str], number: int) -> float:
    """Time a new container from the command to the first answer."""
    subject.remove()
    subject.build()
    return seconds_to_answer(subject.port, subject.run)


def start_unchanged(subject: Subject, packages: Sequence[str], number: int) -> float:
    """Call the start command while the server runs and nothing has changed."""
    run(subject, packages, number)
    return seconds(subject.start)


COLD = [
    ColdFigure("first-build", "First build, nothing cached", first_build),
    ColdFigure("new-project", "New project, downloads cached: from generating it to the link", new_project),
]
WARM = [
    WarmFigure("image", "Image", image, unit="MB"),
    WarmFigure("scipy", "scipy added", partial(package_added, SCIPY)),
    WarmFigure("pure-python", "Pure-Python package added", partial(package_added, PURE_PYTHON)),
    WarmFigure("other-user", "Another user's IDs", other_user),
    WarmFigure("build-unchanged", "`build.sh` with nothing changed", build_unchanged),
    WarmFigure("run", "`run.sh -d` to the first answer", run),
    WarmFigure("start-unchanged", "`start.sh -d` with nothing changed", start_unchanged),
]
FIGURES: dict[str, Figure] = {figure.name: figure for figure in (*COLD, *WARM)}
#: What is measured for more packages, too.
GROWTH = ["image", "first-build", "pure-python", "run"]
