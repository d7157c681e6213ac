"""Make docs/jupyterlab.png: `python docs/picture.py LINK`, where LINK is what a fresh project's start.sh printed."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

with sync_playwright() as playwright:
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-proxy-server"]
    chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
    page = chromium.new_page(viewport={"width": 1200, "height": 800})
    page.goto(sys.argv[1])
    page.locator(".jp-DirListing-item", has_text="notebooks").dblclick()
    page.locator(".jp-DirListing-item", has_text="first.ipynb").dblclick()
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    expect(page.locator(".jp-InputPrompt").last).to_have_text("[3]:", timeout=60_000)
    page.locator(".jupyter-matplotlib-canvas-container canvas").last.scroll_into_view_if_needed()
    page.keyboard.press("Control+s")
    page.locator(".jp-DirListing-item", has_text="first.ipynb").hover()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=Path(__file__).parent / "jupyterlab.png")
    chromium.close()
