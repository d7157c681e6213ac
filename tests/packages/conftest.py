"""A project that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.builds import build
from support.projects import Project, make_project, sweep
from support.restoring import restored
from support.users import User


@pytest.fixture(scope="module")
def shared(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A project with one small package and its lock file."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.list_packages("cowsay==6.0")
    build(project)
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture
def locked(shared: Project) -> Iterator[Project]:
    """The same, with the files that it has after its first build. Its image may be that of another test."""
    with restored(shared):
        yield shared
