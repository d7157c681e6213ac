"""Extensions of JupyterLab that public reports name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from support.browsers import SECOND, Tab
from support.projects import Project, make_project, sweep
from support.servers import Server, free_port, notebook
from support.users import User
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.full]


@pytest.fixture(scope="module")
def extended(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project with extensions in its list."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.add("jupyter-collaboration", "jupyterlab-lsp", "python-lsp-server")
    project.write("shared.ipynb", json.dumps(notebook("print(6 * 7)")))
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


def test_collaboration_and_language_server_leave_no_file_in_the_project(tab: Tab, extended: Project) -> None:
    before = set(extended.folder.iterdir())
    tab.open(extended.start())
    tab.open_file("shared.ipynb")
    tab.wait_for_kernel()
    tab.run_cell()
    expect(tab.output).to_have_text("42", timeout=60 * SECOND)
    until(
        lambda: {"ystore.db", "virtual_documents"} <= set(extended.exec("ls", "/run/jupyter").split()),
        "their files",
    )
    assert set(extended.folder.iterdir()) - {extended.folder / ".ipynb_checkpoints"} == before


def test_two_people_edit_one_notebook(browser: Browser, tab: Tab, extended: Project) -> None:
    link = extended.start()
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        colleague = Tab(context.new_page())
        for person in [tab, colleague]:
            person.open(link)
            person.open_file("shared.ipynb")
            person.wait_for_kernel()
        tab.run_cell("print(6 * 8)")
        cell = colleague.page.locator(".jp-Notebook .jp-CodeCell .cm-content").first
        expect(cell).to_have_text("print(6 * 8)")
        expect(colleague.output).to_have_text("48", timeout=60 * SECOND)


def test_a_listed_language_server_is_found(extended: Project) -> None:
    assert "pylsp" in Server(extended.start()).call("GET", "status", api="lsp")["sessions"]
