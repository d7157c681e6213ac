"""Fixtures for the tests in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from support.browsers import Tab
from support.projects import Project, make_project, sweep
from support.servers import free_port
from support.users import User

# A theme: a prebuilt JupyterLab extension of 17 kB without dependencies.
EXTENSION = "jupyterlab-night==0.5.2"

FLAVORS = [
    "python-slim",
    *(pytest.param(name, marks=pytest.mark.full) for name in ["docker-stacks", "miniforge", "python"]),
]


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """The first tab of a new browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield Tab(context.new_page())
    context.close()


@pytest.fixture(scope="session", params=FLAVORS)
def lab(request: pytest.FixtureRequest, workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project of each flavor with an extension in its list, one for the whole session."""
    project = make_project(workspace, user, engine, base_image=request.param)
    project.add(EXTENSION)
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture(scope="module")
def lab_tab(request: pytest.FixtureRequest, browser: Browser, lab: Project) -> Iterator[Tab]:
    """The only tab of the tests in one file, which opens nothing that other tests have opened."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    tab = Tab(context.new_page())
    tab.open(lab.start().replace("/lab?", f"/lab/workspaces/{Path(request.path).stem}?"))
    yield tab
    context.close()
