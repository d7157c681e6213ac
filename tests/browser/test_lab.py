"""What a user sees and does in the browser, from the printed link on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.browsers import SECOND, Tab
from support.forwarding import forwarded
from support.projects import Project
from support.servers import notebook, port_of
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.browser]


@pytest.fixture(scope="module")
def link(running: Project) -> str:
    """The link that `start.sh` printed."""
    return running.start()


@pytest.fixture(scope="module")
def run_notebook(browser: Browser, running: Project, link: str) -> Iterator[Tab]:
    """The tab of the first notebook, opened from the file browser, with all cells run, saved."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    tab = Tab(context.new_page())
    tab.open(link)
    tab.open_file("notebooks", "first.ipynb")
    tab.run_all_cells(3)
    tab.page.keyboard.press("Control+s")
    until(lambda: execution_counts(running.folder) == [1, 2, 3], "the saved notebook")
    yield tab
    context.close()


def code_cells(folder: Path) -> list[dict]:
    """The code cells of the first notebook, as they are on the host."""
    cells = json.loads((folder / "notebooks/first.ipynb").read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def execution_counts(folder: Path) -> list[int | None]:
    """The order in which the cells of the saved notebook were run; empty while it is being written."""
    try:
        return [cell["execution_count"] for cell in code_cells(folder)]
    except json.JSONDecodeError:
        return []


def test_the_printed_link_opens_lab_with_the_files_of_the_project(tab: Tab, link: str) -> None:
    tab.open(link)
    expect(tab.page.locator(".jp-Launcher")).to_be_visible()
    for name in ["notebooks", "requirements", "README.md"]:
        expect(tab.page.locator(".jp-DirListing-item", has_text=name)).to_be_visible()


@pytest.mark.parametrize("host, address", [("localhost", "127.0.0.1"), ("[::1]", "::1")])
def test_a_cell_runs_under_another_host_name_and_a_forwarded_port(
    tab: Tab, link: str, running: Project, host: str, address: str
) -> None:
    running.write("forwarded.ipynb", json.dumps(notebook("print(6 * 7)")))
    port = port_of(link)
    with forwarded(port, address) as other_port:
        tab.open(
            link.replace(
                f"127.0.0.1:{port}/lab", f"{host}:{other_port}/lab/workspaces/forwarded/tree/forwarded.ipynb"
            )
        )
        tab.wait_for_kernel()
        tab.run_cell()
        expect(tab.output).to_have_text("42", timeout=60 * SECOND)
        tab.page.close()


def test_no_notice_appears(tab: Tab, link: str) -> None:
    tab.open(link)
    expect(tab.page.locator(".jp-Launcher")).to_be_visible()
    tab.page.wait_for_load_state("networkidle")
    notices = tab.page.locator(".Toastify__toast, .jp-Dialog").all_inner_texts()
    if tab.network_changed:
        notices = [text for text in notices if "Server Connection Error" not in text]
    assert notices == []


def test_the_first_notebook_runs_without_an_error(run_notebook: Tab, running: Project) -> None:
    outputs = [output for cell in code_cells(running.folder) for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] in ("error", "stream")]


def test_the_first_notebook_shows_a_plot(run_notebook: Tab) -> None:
    expect(run_notebook.page.locator(".jp-RenderedImage img")).to_be_visible()


def test_the_interactive_figure_is_drawn(run_notebook: Tab) -> None:
    run_notebook.drawn_figure()


def test_a_saved_notebook_belongs_to_the_user(run_notebook: Tab, running: Project) -> None:
    saved = (running.folder / "notebooks/first.ipynb").stat()
    assert (saved.st_uid, saved.st_gid) == running.user.ids


def test_the_console_of_the_browser_shows_no_error(run_notebook: Tab) -> None:
    assert run_notebook.errors == []


def test_delete_in_lab_removes_a_folder_with_files(tab: Tab, link: str, running: Project) -> None:
    running.write("deleted/file.txt", "x")
    tab.open(f"{link}&reset")  # in the root folder, whatever earlier tests have opened
    item = tab.page.locator(".jp-DirListing-item", has_text="deleted")
    item.click()
    tab.page.keyboard.press("Delete")
    tab.page.locator(".jp-Dialog button", has_text="Delete").click()
    until(lambda: not (running.folder / "deleted").exists(), "the deleted folder")
    expect(item).to_have_count(0)


def test_a_terminal_runs_a_shell_that_starts_without_a_message(tab: Tab, link: str, running: Project) -> None:
    tab.open(link)
    tab.open_terminal()
    tab.page.keyboard.type('cd ~/work; bash -ic "" 2>shell-messages.txt; touch shell-ended.txt\n')
    until(lambda: (running.folder / "shell-ended.txt").exists(), "the end of the shell")
    assert (running.folder / "shell-messages.txt").read_text() == ""


def test_the_theme_is_kept_if_the_container_is_replaced(tab: Tab, link: str, running: Project) -> None:
    tab.open(link)
    tab.menu("Settings", "Theme", "JupyterLab Dark")
    name = "lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    saved = ["grep", "--quiet", "JupyterLab Dark", f"/home/jovyan/.jupyter/{name}"]
    until(lambda: running.container.exec_run(saved).exit_code == 0, "the saved theme")
    before = running.container.id
    new_link = running.run()
    assert running.container.id != before
    tab.open(new_link)
    expect(tab.page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")
