"""Upload, download, and rename files in the file browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browsers import Tab
from support.engine_fixtures import on_different_flavors
from support.projects import Project
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.browser, on_different_flavors]

# JupyterLab uploads a file in parts of 1 MiB.
LARGE = bytes(range(256)) * 10000


def test_an_uploaded_file_is_in_the_project(lab_tab: Tab, flavor: Project, tmp_path: Path) -> None:
    file = tmp_path / "upload.bin"
    file.write_bytes(LARGE)
    with lab_tab.page.expect_file_chooser() as chooser:
        lab_tab.page.get_by_role("button", name="Upload Files").click()
    chooser.value.set_files(file)
    expect(lab_tab.file("upload.bin")).to_be_visible()
    uploaded = flavor.folder / "upload.bin"
    until(lambda: uploaded.stat().st_size == len(LARGE), "the whole file")
    assert uploaded.read_bytes() == LARGE
    assert (uploaded.stat().st_uid, uploaded.stat().st_gid) == flavor.user.ids


def test_a_file_can_be_downloaded(lab_tab: Tab, flavor: Project) -> None:
    flavor.write("download.csv", "a,b\n1,2\n")
    lab_tab.refresh()
    lab_tab.file("download.csv").click(button="right")
    with lab_tab.page.expect_download() as download:
        lab_tab.page.locator(".lm-Menu").get_by_text("Download", exact=True).click()
    assert download.value.suggested_filename == "download.csv"
    assert download.value.path().read_text() == "a,b\n1,2\n"


def test_a_file_can_be_renamed(lab_tab: Tab, flavor: Project) -> None:
    flavor.write("before.txt", "kept")
    lab_tab.refresh()
    lab_tab.file("before.txt").click()
    lab_tab.page.keyboard.press("F2")
    lab_tab.page.locator(".jp-DirListing-editor").fill("after.txt")
    lab_tab.page.keyboard.press("Enter")
    expect(lab_tab.file("after.txt")).to_be_visible()
    assert not (flavor.folder / "before.txt").exists()
    assert (flavor.folder / "after.txt").read_text() == "kept"
