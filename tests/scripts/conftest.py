"""Projects without packages, which the tests of a file share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.projects import Project, temporary_project
from support.restoring import restored
from support.servers import free_port
from support.users import User


@pytest.fixture(scope="module")
def shared(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """The project behind the fixture `project`, with an image."""
    with temporary_project(workspace, user, engine, layout="requirements") as project:
        project.succeed("build")
        yield project


@pytest.fixture
def project(shared: Project) -> Iterator[Project]:
    """A project with an image and without a container. What a test changes is restored after it."""
    with restored(shared):
        yield shared


@pytest.fixture
def started(project: Project) -> Project:
    """The same, with a running server, on a port that the scripts do not choose: another test could take those."""
    project.start(DOCKERPORT=str(free_port()))
    return project


@pytest.fixture(scope="module")
def running(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A project with a running server. Tests leave it as it is, apart from stopping it."""
    with temporary_project(workspace, user, engine, layout="requirements") as project:
        project.start(DOCKERPORT=str(free_port()))
        yield project
