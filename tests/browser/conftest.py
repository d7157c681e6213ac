"""Fixtures for the tests in the browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from support.browsers import Tab


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """The first tab of a new browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield Tab(context.new_page())
    context.close()
