"""What a person sees and does in the browser, from the printed link on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from projects import Project, until

pytestmark = [pytest.mark.docker, pytest.mark.browser]

SECOND = 1000  # playwright counts in milliseconds
SETTINGS = ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"


class Tab:
    """A page of the browser, and what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(60 * SECOND)
        page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, link: str) -> None:
        """Open a link, and wait until JupyterLab stands there."""
        self.page.goto(link)
        expect(self.page.locator("#jp-main-dock-panel")).to_be_visible(timeout=60 * SECOND)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60 * SECOND)

    def menu(self, *items: str) -> None:
        """Choose from the menus, as `Run`, `Run All Cells`."""
        self.page.get_by_role("menuitem", name=items[0], exact=True).click()
        for item in items[1:]:
            self.page.locator(".lm-Menu-itemLabel", has_text=item).first.click()


@pytest.fixture(scope="module")
def link(running: Project) -> str:
    """The link that `start.sh` printed."""
    return running.start()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A fresh browser's first tab."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield Tab(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def run_notebook(browser: Browser, running: Project, link: str) -> Iterator[Tab]:
    """The tab of the first notebook, opened from the file browser, with all cells run, saved."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    tab = Tab(context.new_page())
    tab.open(link)
    tab.page.locator(".jp-DirListing-item", has_text="notebooks").dblclick()
    tab.page.locator(".jp-DirListing-item", has_text="first.ipynb").dblclick()
    expect(tab.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(3)
    expect(tab.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60 * SECOND)
    tab.menu("Run", "Run All Cells")
    expect(tab.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last).to_have_text(
        "[3]:", timeout=40 * SECOND
    )
    tab.page.keyboard.press("Control+s")
    until(lambda: counts(running.folder) == [1, 2, 3], "the saved notebook")
    yield tab
    context.close()


def cells(folder: Path) -> list[dict]:
    """The first notebook's code cells, as they are on the host."""
    notebook = json.loads((folder / "notebooks/first.ipynb").read_text())
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def counts(folder: Path) -> list[int | None]:
    """In which order the first notebook's cells were run, as saved on the host; nothing while it is written."""
    try:
        return [cell["execution_count"] for cell in cells(folder)]
    except json.JSONDecodeError:
        return []


def test_the_printed_link_opens_lab_on_the_projects_files(tab: Tab, link: str) -> None:
    tab.open(link)
    expect(tab.page.locator(".jp-Launcher")).to_be_visible()
    for name in ["notebooks", "requirements", "README.md"]:
        expect(tab.page.locator(".jp-DirListing-item", has_text=name)).to_be_visible()


def test_no_news_and_no_other_notice_pops_up(tab: Tab, link: str) -> None:
    tab.open(link)
    expect(tab.page.locator(".jp-Launcher")).to_be_visible()
    tab.page.wait_for_load_state("networkidle")
    assert tab.page.locator(".Toastify__toast, .jp-Dialog").all_inner_texts() == []


def test_the_first_notebook_runs_without_an_error(run_notebook: Tab, running: Project) -> None:
    outputs = [output for cell in cells(running.folder) for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] in ("error", "stream")]


def test_the_first_notebook_plots(run_notebook: Tab) -> None:
    expect(run_notebook.page.locator(".jp-RenderedImage img")).to_be_visible()


def test_the_interactive_figure_draws(run_notebook: Tab) -> None:
    canvas = run_notebook.page.locator(".jupyter-matplotlib-canvas-container canvas").first
    expect(canvas).to_be_visible()
    coloured = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(x => x)"
    )
    until(lambda: canvas.evaluate(coloured), "a drawn figure")


def test_a_saved_notebook_is_the_persons(run_notebook: Tab, running: Project) -> None:
    saved = (running.folder / "notebooks/first.ipynb").stat()
    assert (saved.st_uid, saved.st_gid) == (running.person.uid, running.person.gid)


def test_the_browsers_console_shows_no_error(run_notebook: Tab) -> None:
    assert run_notebook.errors == []


def test_a_theme_is_kept_when_the_container_is_made_anew(tab: Tab, link: str, running: Project) -> None:
    tab.open(link)
    tab.menu("Settings", "Theme", "JupyterLab Dark")
    settings = running.folder / SETTINGS
    until(lambda: settings.is_file() and "JupyterLab Dark" in settings.read_text(), "the saved theme")
    before = running.container.id
    ran = running.script("run", "-d")
    assert ran.code == 0, ran.err
    assert running.container.id != before
    tab.open(ran.link)
    expect(tab.page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")
