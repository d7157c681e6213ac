"""Two projects in two tabs of one browser: their cookies have the same host."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from support.browsers import SECOND, Tab
from support.engine_fixtures import on_flavors
from support.projects import Project
from support.servers import notebook
from support.waiting import until

pytestmark = [
    pytest.mark.docker,
    pytest.mark.browser,
    pytest.mark.full,  # tests/scripts also runs two projects side by side
    on_flavors("python-slim"),
]

Pair = list[tuple[Project, Tab]]


@pytest.fixture(scope="module")
def pair(browser: Browser, running: Project, flavor: Project) -> Iterator[Pair]:
    """Two projects, each with its tab; all are opened before the first is used."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    pair = [(project, Tab(context.new_page())) for project in [running, flavor]]
    for number, (project, tab) in enumerate(pair):
        project.write("number.txt", str(number))
        project.write("two.ipynb", json.dumps(notebook("print(open('number.txt').read())")))
        tab.open(project.start().replace("/lab?", "/lab/workspaces/two?"))
    for _, tab in pair:
        tab.open_file("two.ipynb")
        tab.wait_for_kernel()
        tab.run_cell()
    yield pair
    context.close()


def test_each_tab_runs_cells_in_its_own_project(pair: Pair) -> None:
    for number, (_, tab) in enumerate(pair):
        expect(tab.output).to_have_text(str(number), timeout=60 * SECOND)


def test_each_tab_saves_into_its_own_project(pair: Pair) -> None:
    for number, (project, tab) in enumerate(pair):
        expect(tab.output).to_have_text(str(number), timeout=60 * SECOND)
        tab.page.keyboard.press("Control+s")
        saved, output = project.folder / "two.ipynb", f'"{number}\\n"'
        until(lambda saved=saved, output=output: output in saved.read_text(), "the saved output", 30)
