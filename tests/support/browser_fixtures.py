"""Fixtures: the machine's own Chromium."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome"]

# Root may not use Chromium's sandbox, and only our own pages are opened.
expect.set_options(timeout=60_000)  # milliseconds

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-proxy-server"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window; without one, the test is skipped, or fails if REQUIRE_BROWSER=1."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, but there is none of {NAMES}")
        pytest.skip(f"none of {NAMES} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()
