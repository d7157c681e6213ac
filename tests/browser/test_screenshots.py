"""The pictures in README.md can be taken again."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.template import TEMPLATE

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.full]


def size(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG in pixels."""
    return struct.unpack(">II", picture.read_bytes()[16:24])


def test_the_script_takes_one_picture_in_each_theme(browser: Browser, tmp_path: Path) -> None:
    command = [sys.executable, str(TEMPLATE / "dev/screenshots.py"), str(tmp_path)]
    result = subprocess.run(command, text=True, capture_output=True)
    assert result.returncode == 0, result.stderr
    pictures = sorted(tmp_path.iterdir())
    assert [picture.name for picture in pictures] == ["jupyterlab-dark.png", "jupyterlab-light.png"]
    assert [size(picture) for picture in pictures] == [(1280, 720)] * 2
    assert [size(TEMPLATE / "docs" / picture.name) for picture in pictures] == [(1280, 720)] * 2
    assert pictures[0].read_bytes() != pictures[1].read_bytes()
