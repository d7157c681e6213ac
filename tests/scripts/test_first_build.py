"""The build that the hook runs if the answer first_build is yes."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.projects import Project, sweep
from support.servers import http_status
from support.template import TEMPLATE, copy_template
from support.users import User

pytestmark = pytest.mark.docker

MISSING = "no-such-package-as-this-one"


@pytest.fixture
def tester(engine: object) -> User:
    """The user who runs the tests, because only they can reach this environment's cookiecutter."""
    return User.named(pwd.getpwuid(os.geteuid()).pw_name)


@pytest.fixture
def folder(workspace: Path, engine: Any) -> Iterator[Path]:
    """An empty folder to generate in; what is built there is removed after the test."""
    folder = Path(tempfile.mkdtemp(dir=workspace))
    yield folder
    sweep(engine, folder)


def generate(user: User, folder: Path, template: Path) -> tuple[int, str, Path]:
    """Run plain cookiecutter with a first build in `folder`: exit status, output, and the project."""
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input", "project_name=Built"]
    env = {name: os.environ[name] for name in ("COOKIECUTTER_CONFIG",) if name in os.environ}
    env["TMPDIR"] = str(folder)  # cookiecutter leaves the rendered hooks there
    result = user.run([*command, "first_build=yes"], env, cwd=folder, stderr=subprocess.STDOUT)
    return result.status, result.stdout, folder / "built"


def test_start_after_the_first_build_builds_nothing(tester: User, folder: Path, engine: Any) -> None:
    status, output, path = generate(tester, folder, TEMPLATE)
    assert status == 0, output
    assert "\n#1 " in output, "Docker's own progress is shown"
    project = Project(path, tester, engine)
    assert project.image.tags
    assert project.containers() == []
    result = project.succeed("start", "-d")
    assert http_status(result.link) == 200
    assert "Building" not in result.stderr


def test_a_failed_first_build_keeps_the_project_and_shows_the_next_command(
    tester: User, folder: Path
) -> None:
    template = copy_template(folder / "template")
    packages = template / "{{cookiecutter.project_slug}}/requirements/pip-requirements.txt"
    packages.write_text(f"{packages.read_text()}{MISSING}==1\n")
    status, output, path = generate(tester, folder, template)
    assert status == 0, output
    assert os.access(path / "requirements/start.sh", os.X_OK)
    assert MISSING in output
    assert "Traceback" not in output
    assert output.endswith("then run:\n  cd built\n  requirements/start.sh\n"), output
