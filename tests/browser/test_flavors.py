"""JupyterLab of the flavors. test_lab.py tests the first notebook and the theme on python-slim."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.browsers import Tab
from support.engine_fixtures import on_different_flavors, on_flavors
from support.projects import Project
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.browser]

other_flavors = on_flavors("docker-stacks", "miniforge")

THEME = "JupyterLab Night"  # of the extension in the list


@pytest.fixture(scope="module")
def first_notebook(lab_tab: Tab) -> Tab:
    """The tab of the first notebook with all cells run."""
    lab_tab.open_file("notebooks", "first.ipynb")
    lab_tab.run_all_cells(3)
    return lab_tab


@other_flavors
def test_the_first_notebook_draws_its_figure(first_notebook: Tab) -> None:
    first_notebook.drawn_figure()


@other_flavors
def test_the_first_notebook_shows_a_plot_and_no_message(first_notebook: Tab) -> None:
    expect(first_notebook.page.locator(".jp-RenderedImage img")).to_be_visible()
    # The plot and the interactive figure.
    expect(first_notebook.page.locator(".jp-Notebook .jp-OutputArea-output")).to_have_count(2)


@other_flavors
def test_the_console_of_the_browser_shows_no_error(first_notebook: Tab) -> None:
    assert first_notebook.errors == []


@on_different_flavors
def test_a_terminal_opens_in_the_project(lab_tab: Tab, flavor: Project) -> None:
    lab_tab.open_terminal()
    lab_tab.page.keyboard.type("touch opened-here.txt\n")
    until(lambda: (flavor.folder / "opened-here.txt").exists(), "a file of the terminal", 30)


@on_different_flavors
def test_an_extension_in_the_list_is_installed(lab_tab: Tab) -> None:
    lab_tab.menu("Settings", "Theme", THEME)
    expect(lab_tab.page.locator("body")).to_have_attribute("data-jp-theme-name", THEME)


@other_flavors
def test_the_theme_is_kept_if_the_container_is_replaced(lab_tab: Tab, tab: Tab, flavor: Project) -> None:
    lab_tab.menu("Settings", "Theme", THEME)
    name = "lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    saved = ["grep", "--quiet", THEME, f"/home/jovyan/.jupyter/{name}"]
    until(lambda: flavor.container.exec_run(saved).exit_code == 0, "the saved theme")
    before = flavor.container.id
    link = flavor.run()
    assert flavor.container.id != before
    tab.open(link)
    expect(tab.page.locator("body")).to_have_attribute("data-jp-theme-name", THEME)
