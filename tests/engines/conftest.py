"""Rootless engines, and one running project for each of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.engines import (
    ENGINES,
    RootlessEngine,
    RootlessProject,
    make_rootless_project,
    require_engine,
    rootless_engine,
)
from support.servers import free_port


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="jupyter-docker-tests-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=ENGINES)
def rootless(request: pytest.FixtureRequest, folder: Path) -> RootlessEngine:
    """An engine of a user without root; without one, the test is skipped, or fails if REQUIRE_HOSTS=1."""
    require_engine(request.param)
    tools = Path(tempfile.mkdtemp(dir=folder))
    tools.chmod(0o755)
    return rootless_engine(request.param, tools)


@pytest.fixture(scope="session")
def projects(folder: Path) -> Iterator[dict[str, RootlessProject]]:
    """The project of each storage, removed at the end."""
    projects: dict[str, RootlessProject] = {}
    yield projects
    for project in projects.values():
        project.clean_up()


@pytest.fixture(scope="session")
def project(folder: Path, rootless: RootlessEngine, projects: dict[str, RootlessProject]) -> RootlessProject:
    """A running project without packages; each test leaves it running. Both names of Podman share one."""
    if rootless.storage not in projects:
        project = make_rootless_project(folder, rootless)
        projects[rootless.storage] = project
        project.start(DOCKERPORT=str(free_port()))
    project = replace(projects[rootless.storage], engine=rootless, env=rootless.env)
    project.start()
    return project
