"""A running project without sudo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import Project, make_project, sweep
from support.servers import free_port
from support.users import User


@pytest.fixture(scope="module", params=["python-slim", pytest.param("docker-stacks", marks=pytest.mark.full)])
def locked(request: pytest.FixtureRequest, workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A running project with passwordless_sudo=no, for tests after which it still runs.

    The base image of docker-stacks contains its own configuration.
    """
    answers = {"layout": "requirements", "base_image": request.param, "passwordless_sudo": "no"}
    project = make_project(workspace, user, engine, **answers)
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)
