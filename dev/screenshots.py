"""Take the pictures of JupyterLab in README.md from a new project, in the light and the dark theme.

    .venv/bin/python dev/screenshots.py docs

Needs a container engine and Chromium (`dev/setup --test`). Writes jupyterlab-light.png and jupyterlab-dark.png, 1280 by
720 pixels, into the folder. The project and all that it has on the engine are removed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter
from playwright.sync_api import expect, sync_playwright

TEMPLATE = Path(__file__).resolve().parent.parent
sys.path.append(str(TEMPLATE / "tests"))

from support.browser_fixtures import NAMES, OPTIONS
from support.browsers import Tab

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def main(pictures: Path) -> None:
    """Start a new project, take the pictures, and remove it. CalledProcessError if a script of the project fails."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise SystemExit("error: Chromium is not installed\nhint: dev/setup --test")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        cookiecutter(str(TEMPLATE), no_input=True, output_dir=folder)
        requirements = Path(folder) / "my-project/requirements"
        try:
            output = subprocess.check_output([requirements / "start.sh", "-d"], text=True)
            browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            tab = Tab(page)
            tab.open(output.split()[-1])
            tab.open_file("notebooks", "first.ipynb")
            tab.run_all_cells(3)
            page.locator(".jp-CodeCell").nth(1).scroll_into_view_if_needed()
            expect(page.locator(".jp-RenderedImage img")).to_be_visible()
            for name, theme in THEMES.items():
                tab.menu("Settings", "Theme", theme)
                expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
                page.screenshot(path=pictures / f"jupyterlab-{name}.png", animations="disabled")
            browser.close()
        finally:
            subprocess.run([requirements / "stop.sh", "--remove"], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
