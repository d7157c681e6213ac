"""A project on a stub engine, because these errors come before a real engine is needed."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

import pytest
from support.projects import Project
from support.stub_engine import link_tools
from support.template import render
from support.users import User


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH with the usual commands, and without an engine."""
    return link_tools(tmp_path_factory.mktemp("tools") / "bin")


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated project, which tests only read."""
    folder = render(tmp_path_factory.mktemp("generated"), hooks=False)
    for script in folder.glob("requirements/*.sh"):  # the hook's work
        script.chmod(0o755)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder whose programs come first in the project's PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


@pytest.fixture
def project(generated: Path, tmp_path: Path, programs: Path, tools: Path) -> Project:
    """A project of the user who runs the tests, without an engine until the test puts one into `programs`."""
    folder = shutil.copytree(generated, tmp_path / "my-project")
    user = User.named(pwd.getpwuid(os.geteuid()).pw_name)
    return Project(folder, user, None, {"PATH": f"{programs}:{tools}"})
