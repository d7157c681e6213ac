"""One engine after the other, with one project that all tests of an engine share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.engines import ENGINES, RootlessEngine, RootlessProject, missing, rootless_engine
from support.projects import make_project
from support.servers import free_port


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="jupyter-docker-tests-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=ENGINES)
def rootless(request: pytest.FixtureRequest, folder: Path) -> Iterator[RootlessEngine]:
    """An engine of a user without root; without one, the test is skipped, or fails if REQUIRE_HOSTS=1."""
    if reason := missing(request.param):
        if os.environ.get("REQUIRE_HOSTS") == "1":
            pytest.fail(f"REQUIRE_HOSTS=1, but {reason}")
        pytest.skip(reason)
    tools = Path(tempfile.mkdtemp(dir=folder))
    tools.chmod(0o755)
    with rootless_engine(request.param, tools) as engine:
        yield engine


def make(folder: Path, engine: RootlessEngine, **answers: str) -> RootlessProject:
    """A project of the engine's user, without packages."""
    project = make_project(folder, engine.user, engine, layout="requirements", **answers)
    project = RootlessProject(project.folder, engine.user, engine, engine.env)
    # A free port, because Podman 4.3 needs half a minute to try one.
    project.write(f".jupyter/{engine.user.uid}/port", f"{free_port()}\n")
    return project


@pytest.fixture(scope="session")
def projects(folder: Path) -> Iterator[dict[str, RootlessProject]]:
    """The project of each storage, removed at the end."""
    projects: dict[str, RootlessProject] = {}
    yield projects
    for project in projects.values():
        project.clean_up()


@pytest.fixture(scope="session")
def project(folder: Path, rootless: RootlessEngine, projects: dict[str, RootlessProject]) -> RootlessProject:
    """A running project; each test leaves it running. Both names of Podman 4.3 share one, whose build takes minutes."""
    if rootless.storage not in projects:
        projects[rootless.storage] = make(folder, rootless)
    project = replace(projects[rootless.storage], engine=rootless, env=rootless.env)
    project.start()
    return project


@pytest.fixture
def second_project(folder: Path, rootless: RootlessEngine) -> Iterator[Callable[..., RootlessProject]]:
    """`second_project(**answers)` is another project of the same user."""
    made: list[RootlessProject] = []

    def second_project(**answers: str) -> RootlessProject:
        made.append(make(folder, rootless, **answers))
        return made[-1]

    yield second_project
    for project in made:
        project.clean_up()
