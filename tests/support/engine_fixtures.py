"""Fixtures: users of the host, and their projects on the Docker Engine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from support.builds import build
from support.projects import Project, make_project, sweep
from support.servers import free_port
from support.template import CHOICES
from support.users import User, host_user

NewProject = Callable[..., Project]


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """A client of the Docker Engine; without one, the test is skipped, or fails if REQUIRE_DOCKER=1."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except docker.errors.DockerException as error:
        if os.environ.get("REQUIRE_DOCKER") == "1":
            pytest.fail(f"REQUIRE_DOCKER=1, but no engine answers: {error}")
        pytest.skip(f"no Docker Engine answers: {error}")
    yield client
    client.close()


@pytest.fixture(scope="session")
def user(engine: Any) -> Iterator[User]:
    """A user of the host, neither root nor 1000."""
    with host_user(f"jdtest{os.getpid()}a", 20000 + os.getpid() % 20000 * 2) as user:
        yield user


@pytest.fixture(scope="session")
def another_user(engine: Any, user: User) -> Iterator[User]:
    """Another user of the same host."""
    if os.geteuid() != 0:
        pytest.skip("only root can create a second user")
    with host_user(f"jdtest{os.getpid()}b", user.uid + 20000 * 2) as another_user:
        yield another_user


@pytest.fixture(scope="session")
def workspace(engine: Any, user: User) -> Iterator[Path]:
    """A folder that every user may enter; all that its projects have on the engine is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="jupyter-docker-tests-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        sweep(engine, folder)
        shutil.rmtree(folder)


# A theme: a prebuilt JupyterLab extension of 17 kB without dependencies.
EXTENSION = "jupyterlab-night==0.5.2"


def flavor_parameters(*names: str) -> list[Any]:
    """Flavors as parameters: the default flavor is tested each time, the others only by .ci/run."""
    default = CHOICES["base_image"][0]
    return [pytest.param(name, marks=[] if name == default else [pytest.mark.full]) for name in names]


def on_flavors(*names: str) -> pytest.MarkDecorator:
    """Run a test on these flavors."""
    return pytest.mark.parametrize("flavor", flavor_parameters(*names), indirect=True)


#: `python` differs from `python-slim` only in its base image.
on_different_flavors = on_flavors("python-slim", "docker-stacks", "miniforge")


@pytest.fixture(scope="session", params=flavor_parameters(*CHOICES["base_image"]))
def flavor(request: pytest.FixtureRequest, workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project of each flavor with the default packages and an extension, one for the whole session.

    Its port is not one of those that the scripts choose: while a container is replaced, another test could take it.
    """
    project = make_project(workspace, user, engine, base_image=request.param)
    project.add(EXTENSION)
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture(scope="module")
def running(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project with the default answers, for tests that leave it as it is."""
    project = make_project(workspace, user, engine)
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture
def new_project(workspace: Path, user: User, engine: Any) -> Iterator[NewProject]:
    """`new_project(parent=..., user=..., **answers)` makes a project without packages; removed after the test."""
    folder = Path(tempfile.mkdtemp(dir=workspace))
    folder.chmod(0o711)

    def new_project(parent: str = "", user: User = user, **answers: str) -> Project:
        return make_project(folder, user, engine, parent, **({"layout": "requirements"} | answers))

    yield new_project
    sweep(engine, folder)


@pytest.fixture
def project(new_project: NewProject) -> Project:
    """A project without packages, not started yet."""
    return new_project()


@pytest.fixture
def built(project: Project) -> Project:
    """A project with one small package, built twice, so that the second build used its own lock file."""
    project.list_packages("cowsay==6.0")
    build(project)
    build(project)
    return project
