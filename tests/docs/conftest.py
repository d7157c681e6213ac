"""Fixtures for the tests of the documents' commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.commands import COMMANDS
from support.repositories import GIT_ENVIRONMENT, commit_all, git_bytes, new_repository
from support.template import TEMPLATE

GITHUB = "https://github.com/ORG/jupyter-docker"
Typed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    """An environment in which the template's address on GitHub leads to a copy of this checkout."""
    repository = tmp_path / "github/jupyter-docker.git"
    new_repository(repository)
    listed = git_bytes(TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode()
    for name in filter(None, listed.split("\0")):
        if (TEMPLATE / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATE / name, repository / name)
    commit_all(repository)
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{repository.parent}/"]\n    insteadOf = https://github.com/ORG/\n')
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {
        **os.environ,
        **GIT_ENVIRONMENT,
        "GIT_CONFIG_GLOBAL": str(config),
        "PATH": path,
        "TMPDIR": str(tmp_path),
    }


@pytest.fixture
def typed(github: dict[str, str]) -> Typed:
    """`typed(line, folder)` runs a line of the documents, and presses Enter at each prompt.

    Cookiecutter is the one of the tests. With `uvx=True`, uvx downloads it.
    """

    def typed(
        line: str, folder: Path, check: bool = True, uvx: bool = False
    ) -> subprocess.CompletedProcess[str]:
        assert line in COMMANDS
        result = subprocess.run(
            ["bash", "-c", line if uvx else line.removeprefix("uvx ")],
            cwd=folder,
            env=github,
            input="\n" * 20,
            text=True,
            capture_output=True,
            timeout=600,
        )
        assert result.returncode == 0 or not check, result.stdout + result.stderr
        return result

    return typed
