"""A kernel that dies, and the tab of its notebook."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from support.browsers import SECOND, Tab
from support.engine_fixtures import on_flavors
from support.projects import Project
from support.servers import notebook

pytestmark = [
    pytest.mark.docker,
    pytest.mark.browser,
    on_flavors("python-slim"),
]

# As the kernel of Linux ends a process that uses too much memory.
DIE = "survived = True; import os; os.kill(os.getpid(), 9)"


@pytest.fixture(scope="module")
def report(flavor: Project, lab_tab: Tab) -> str:
    """The dialog that appears when the kernel of the open notebook has died; closed."""
    flavor.write("dies.ipynb", json.dumps(notebook(DIE)))
    lab_tab.refresh()
    lab_tab.open_file("dies.ipynb")
    lab_tab.wait_for_kernel()
    lab_tab.run_cell()
    dialog = lab_tab.page.locator(".jp-Dialog")
    expect(dialog).to_be_visible(timeout=60 * SECOND)
    text = dialog.inner_text()
    dialog.get_by_role("button", name="Ok").click()
    return text


def test_a_dialog_reports_that_the_kernel_has_died(report: str) -> None:
    assert "The kernel for dies.ipynb appears to have died. It will restart automatically." in report


def test_a_new_kernel_replaces_one_that_has_died(report: str, lab_tab: Tab) -> None:
    lab_tab.wait_for_kernel()
    lab_tab.run_cell('print("survived" in dir())')
    expect(lab_tab.output).to_have_text("False", timeout=60 * SECOND)
