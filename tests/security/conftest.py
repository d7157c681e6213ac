"""A running project without sudo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import Project, make_project, sweep
from support.users import User


@pytest.fixture(scope="session")
def locked(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A running project with passwordless_sudo=no, for tests that leave it as it is."""
    project = make_project(workspace, user, engine, passwordless_sudo="no")
    project.start()
    yield project
    sweep(engine, project.folder.parent)
