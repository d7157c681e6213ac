"""The two commands in the section Development of the README, and the script that CI runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.conftest import GITHUB
from support.documents import read
from support.servers import http_status
from support.template import TEMPLATE

START = (
    "dev/setup; python3 -m venv .venv && .venv/bin/pip install --quiet cookiecutter==2.7.1"
    " && { [ -d my-project ] || .venv/bin/cookiecutter . --no-input; } && my-project/requirements/start.sh -d"
)
TEST = (
    "dev/setup --test; python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements-dev.txt"
    " && .venv/bin/pytest"
)


@pytest.fixture
def checkout(tmp_path: Path, github: dict[str, str], engine: Any) -> Iterator[Path]:
    """A fresh clone of this checkout; what it starts on the engine is removed at the end."""
    subprocess.run(["git", "clone", "--quiet", GITHUB, "checkout"], cwd=tmp_path, env=github, check=True)
    folder = tmp_path / "checkout"
    yield folder
    stop = folder / "my-project/requirements/stop.sh"
    if stop.exists():
        subprocess.run([stop, "--remove"], check=True)


@pytest.mark.docker
def test_start_command_prints_a_link_that_works_and_can_be_repeated(
    checkout: Path, github: dict[str, str]
) -> None:
    links = []
    for _ in range(2):
        result = subprocess.run(
            ["bash", "-c", START],
            cwd=checkout,
            env=github,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        assert result.returncode == 0, result.stderr
        links += re.findall(r"^JupyterLab: (\S+)$", result.stdout, re.MULTILINE)
        assert http_status(links[-1]) == 200
    assert links[0] == links[1]
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=checkout, env=github, text=True, capture_output=True
    )
    assert status.stdout == ""


def test_gate_prepares_the_machine_and_runs_the_test_command_then_the_full_tests(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(TEMPLATE / ".ci", checkout / ".ci")
    command = "echo in $PWD, $REQUIRE_DOCKER$REQUIRE_BROWSER"
    (checkout / "README.md").write_text(read("README.md").replace(TEST, command))
    for program in ("dev/setup", ".venv/bin/pytest"):
        (checkout / program).parent.mkdir(parents=True)
        (checkout / program).write_text('#!/bin/sh\necho "$0" "$@"\n')
        (checkout / program).chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    result = subprocess.run(
        [checkout / ".ci/run"], cwd="/", env=env, text=True, capture_output=True, timeout=60, check=True
    )
    assert result.stdout == f"dev/setup --test\nin {checkout}, 11\n.venv/bin/pytest -m full and not soak\n"


def test_test_command_follows_its_marker() -> None:
    _, _, after = read("README.md").partition("<!-- test command -->\n")
    assert after.startswith(f"```bash\n{TEST}\n```\n")


def test_start_command_installs_the_pinned_cookiecutter() -> None:
    (pin,) = re.findall(
        r"^(cookiecutter==\S+)", (TEMPLATE / "requirements-dev.txt").read_text(), re.MULTILINE
    )
    assert pin in START
