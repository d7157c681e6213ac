"""A tab that is open while the container is replaced."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from support.browsers import SECOND, Tab
from support.engine_fixtures import on_flavors
from support.projects import Project
from support.servers import notebook

pytestmark = [pytest.mark.docker, pytest.mark.browser]

# Docker Stacks starts the server by its own scripts, with its own configuration.
on_both = on_flavors("python-slim", "docker-stacks")


@pytest.fixture
def open_notebook(tab: Tab, flavor: Project) -> Tab:
    """A tab with a notebook whose only cell has been run."""
    flavor.write("open.ipynb", json.dumps(notebook("print(6 * 7)")))
    tab.open(flavor.start())
    tab.open_file("open.ipynb")
    tab.wait_for_kernel()
    tab.run_cell()
    expect(tab.output).to_have_text("42", timeout=60 * SECOND)
    return tab


@on_both
def test_an_open_tab_reconnects_without_login_after_replacement(open_notebook: Tab, flavor: Project) -> None:
    before = flavor.container.id
    flavor.run()
    assert flavor.container.id != before
    open_notebook.run_until("43", "print(6 * 7 + 1)")
    assert "/login" not in open_notebook.page.url


# The same reconnection as after a replacement, which changes more.
@pytest.mark.full
@on_flavors("python-slim")
def test_an_open_tab_reconnects_without_login_after_stop_and_start(
    open_notebook: Tab, flavor: Project
) -> None:
    flavor.stop()
    flavor.start()
    open_notebook.run_until("44", "print(6 * 7 + 2)")
    assert "/login" not in open_notebook.page.url


@on_both
def test_a_bookmark_works_after_replacement_without_the_token(open_notebook: Tab, flavor: Project) -> None:
    bookmark = flavor.start().split("?")[0]
    flavor.run()
    open_notebook.open(bookmark)
    expect(open_notebook.page.locator(".jp-DirListing-item", has_text="open.ipynb")).to_be_visible()
