"""JupyterLab in a tab of Chromium."""

from __future__ import annotations

from playwright.sync_api import Error, Locator, Page, TimeoutError, expect
from support.waiting import until

SECOND = 1000  # playwright counts in milliseconds

# Chromium reports this when another container starts or ends.
NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"

COLORED = """canvas =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(value => value)
"""


class Tab:
    """A page of the browser, and the errors in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.network_changed = False
        page.set_default_timeout(60 * SECOND)
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        # JupyterLab shows this dialog for the same reason as below.
        lost = page.get_by_role("dialog", name="Server Connection Error")
        page.add_locator_handler(lost, lambda dialog: dialog.locator("button").last.click())
        failed = page.get_by_role("dialog", name="File Load Error").filter(has_text="Failed to fetch")
        page.add_locator_handler(failed, self._open_again)
        self.output = page.locator(".jp-Notebook .jp-OutputArea-output").last

    def _note(self, kind: str, text: str) -> None:
        if NETWORK_CHANGED in text:
            self.network_changed = True
        elif kind == "error":
            self.errors.append(text)

    def _open_again(self, dialog: Locator) -> None:
        # For the same reason; JupyterLab itself does not try again, and has logged the failure.
        self.errors = [text for text in self.errors if "Failed to initialize the context" not in text]
        dialog.locator("button").last.click()
        self.page.get_by_role("button", name="Discard").click()
        document = self.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text=self.opened)
        expect(document).to_have_count(0)
        self.file(self.opened).dblclick()

    def open(self, link: str) -> None:
        """Open a link, and wait until JupyterLab is shown; again if Chromium lost a file of the page."""

        def shown() -> bool:
            self.network_changed = False
            try:
                self.page.goto(link)
                expect(self.page.locator("#jp-main-dock-panel")).to_be_visible(timeout=60 * SECOND)
                expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60 * SECOND)
            except (AssertionError, Error) as error:
                if not self.network_changed and NETWORK_CHANGED not in str(error):
                    raise
                self.errors = []
                return False
            return True

        until(shown, "JupyterLab in the browser", 240)

    def file(self, name: str) -> Locator:
        """A file or a folder in the file browser."""
        return self.page.locator(".jp-DirListing-item", has_text=name).first

    def refresh(self) -> None:
        """Make the file browser show the current files."""
        self.page.get_by_role("button", name="Refresh").click()

    def open_file(self, *path: str) -> None:
        """Open a file from the file browser, folder by folder."""
        self.opened = path[-1]
        for name in path:
            self.file(name).dblclick()

    def menu(self, *items: str) -> None:
        """Choose from the menus, for example `Run`, `Run All Cells`; again if one of the dialogs above closes them."""

        def chosen() -> bool:
            self.page.get_by_role("menuitem", name=items[0], exact=True).click()
            try:
                for item in items[1:]:
                    self.page.locator(".lm-Menu-itemLabel", has_text=item).first.click(timeout=20 * SECOND)
            except TimeoutError:
                self.page.keyboard.press("Escape")
                return False
            return True

        until(chosen, f"the menus {items}")

    def run_all_cells(self, count: int) -> None:
        """Run all `count` code cells of the open notebook, to the end of the last one."""
        prompts = self.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")
        expect(prompts).to_have_count(count)
        self.wait_for_kernel()
        self.menu("Run", "Run All Cells")
        expect(prompts.last).to_have_text(f"[{count}]:", timeout=60 * SECOND)

    def drawn_figure(self) -> Locator:
        """Wait until the interactive figure of the open notebook is drawn, and return its canvas."""
        canvas = self.page.locator(".jupyter-matplotlib-canvas-container canvas").first
        expect(canvas).to_be_visible()
        until(lambda: canvas.evaluate(COLORED), "a drawn figure")
        return canvas

    def open_terminal(self) -> None:
        """Open a terminal, and put the cursor into it."""
        self.menu("File", "New", "Terminal")
        self.page.get_by_role("textbox", name="Terminal input").focus()

    def run_cell(self, code: str | None = None) -> None:
        """Run the first cell of the open notebook, with other code if given."""
        editor = self.page.locator(".jp-Notebook .jp-CodeCell .cm-content").first
        editor.click(timeout=10 * SECOND)
        if code is not None:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(code)
        self.page.keyboard.press("Control+Enter")

    def wait_for_kernel(self) -> None:
        """Wait until the kernel of the open notebook is idle."""
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=120 * SECOND)

    def run_until(self, output: str, code: str) -> None:
        """Run the first cell, again if the connection is not back yet, until its output is `output`."""

        def shown() -> bool:
            try:
                # While the server is away, JupyterLab says so in a dialog.
                for button in self.page.locator(".jp-Dialog button").all():
                    button.click(timeout=SECOND)
                self.run_cell(code)
                expect(self.output).to_have_text(output, timeout=10 * SECOND)
            except (AssertionError, TimeoutError):
                return False
            return True

        until(shown, f"the output {output}", 180)
