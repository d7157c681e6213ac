"""Fixtures for the tests in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.browsers import Tab
from support.projects import Project


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """The first tab of a new browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield Tab(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def lab_tab(request: pytest.FixtureRequest, browser: Browser, flavor: Project) -> Iterator[Tab]:
    """The only tab of the tests in one file, which opens nothing that other tests have opened."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    tab = Tab(context.new_page())
    tab.open(flavor.start().replace("/lab?", f"/lab/workspaces/{Path(request.path).stem}?"))
    yield tab
    context.close()
