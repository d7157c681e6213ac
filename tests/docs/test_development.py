"""The two commands in the section Development of the README, and the script that CI runs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.conftest import GITHUB
from support.documents import read
from support.servers import http_status
from support.template import TEMPLATE
from support.waiting import until

FIRST = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet cookiecutter==2.7.1"
    " && .venv/bin/cookiecutter . --no-input && my-project/requirements/start.sh"
)
AGAIN = "my-project/requirements/start.sh"
SECOND = "python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements-dev.txt && .venv/bin/pytest"


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
def test_first_command_starts_jupyterlab(checkout: Path, tmp_path: Path, github: dict[str, str]) -> None:
    for command in (FIRST, AGAIN):
        output = tmp_path / "output"
        with output.open("w") as file:
            process = subprocess.Popen(
                ["bash", "-c", command],
                cwd=checkout,
                env=github,
                stdout=file,
                stderr=file,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            until(
                lambda: "Press Ctrl-C" in output.read_text() or process.poll() is not None,  # noqa: B023
                "a link",
                600,
            )
            (link,) = re.findall(r"^JupyterLab: (\S+)$", output.read_text(), re.MULTILINE)
            assert http_status(link) == 200
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.mark.docker
def test_second_command_collects_the_tests(checkout: Path, github: dict[str, str]) -> None:
    # Run to its end, it would run this test, too.
    result = subprocess.run(
        ["bash", "-c", f"{SECOND} --collect-only --quiet"],
        cwd=checkout,
        env=github,
        text=True,
        capture_output=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "test_second_command_collects_the_tests" in result.stdout


def test_ci_runs_the_second_command_from_any_folder(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(TEMPLATE / ".ci", checkout / ".ci")
    (checkout / "README.md").write_text(
        read("README.md").replace(SECOND, "pwd && echo $REQUIRE_DOCKER$REQUIRE_BROWSER")
    )
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in ("chromium", "apt-get"):
        (programs / program).symlink_to("/bin/true")
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    result = subprocess.run(
        [checkout / ".ci/run"], cwd="/", env=env, text=True, capture_output=True, timeout=60, check=True
    )
    assert result.stdout == f"{checkout}\n11\n"


def test_second_command_follows_its_marker() -> None:
    _, _, after = read("README.md").partition("<!-- test command -->\n")
    assert after.startswith(f"```bash\n{SECOND}\n```\n")


def test_first_command_installs_the_pinned_cookiecutter() -> None:
    (pin,) = re.findall(
        r"^(cookiecutter==\S+)", (TEMPLATE / "requirements-dev.txt").read_text(), re.MULTILINE
    )
    assert pin in FIRST
