"""Widgets of a notebook answer the mouse and the keyboard."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from support.browsers import Tab
from support.engine_fixtures import on_different_flavors
from support.projects import Project
from support.servers import notebook
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.browser, on_different_flavors]

PICTURE = "canvas => canvas.toDataURL()"
SLIDER = """
import ipywidgets
ipywidgets.interact(lambda number: print("The number is", number), number=ipywidgets.IntSlider(3, 0, 9));
"""


@pytest.fixture(scope="module")
def widgets(flavor: Project, lab_tab: Tab) -> Tab:
    """The tab of a notebook with all cells run: those of the first notebook, and a slider."""
    content = json.loads((flavor.folder / "notebooks/first.ipynb").read_text())
    content["cells"] += notebook(SLIDER)["cells"]
    flavor.write("notebooks/widgets.ipynb", json.dumps(content))
    lab_tab.open_file("notebooks", "widgets.ipynb")
    lab_tab.run_all_cells(4)
    return lab_tab


def test_a_drag_moves_the_plot_in_the_interactive_figure(widgets: Tab) -> None:
    page = widgets.page
    canvas = widgets.drawn_figure()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)  # shows the buttons
    page.locator(".jupyter-matplotlib button:has(.fa-arrows)").click()
    page.mouse.move(x, y)
    before = canvas.evaluate(PICTURE)
    page.mouse.down()
    page.mouse.move(x + 100, y + 20, steps=5)
    page.mouse.up()
    until(lambda: canvas.evaluate(PICTURE) != before, "a changed figure", 20)


def test_a_slider_calls_its_function(widgets: Tab) -> None:
    slider = widgets.page.locator(".widget-slider")
    expect(slider).to_be_visible()
    output = widgets.page.locator(".widget-interact .widget-output")
    expect(output).to_have_text("The number is 3")
    slider.get_by_role("slider").press("ArrowRight")
    expect(output).to_have_text("The number is 4")
