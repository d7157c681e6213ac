"""A project that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.builds import build
from support.projects import Project, temporary_project
from support.restoring import restored
from support.users import User


@pytest.fixture(scope="module")
def shared(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A project with one small package and its lock file."""
    with temporary_project(workspace, user, engine, layout="requirements") as project:
        project.list_packages("cowsay==6.0")
        build(project)
        yield project


@pytest.fixture
def locked(shared: Project) -> Iterator[Project]:
    """The same, with the files that it has after its first build. Its image may be that of another test."""
    with restored(shared):
        yield shared
