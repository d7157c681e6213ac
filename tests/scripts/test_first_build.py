"""The build that the hook runs when asked to."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import TEMPLATE
from projects import Person, Project, get, sweep

pytestmark = pytest.mark.docker


@pytest.fixture
def me(engine: object) -> Person:
    """Whoever runs the tests, as only they can reach this environment's cookiecutter."""
    return Person.named(pwd.getpwuid(os.geteuid()).pw_name)


def generate(person: Person, folder: Path, template: Path) -> tuple[int, str, Path]:
    """Plain cookiecutter with a first build, as a command typed in `folder`: exit code, output, the project."""
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input", "project_name=Built"]
    env = {name: os.environ[name] for name in ("COOKIECUTTER_CONFIG",) if name in os.environ}
    ran = person.run([*command, "first_build=yes"], env, cwd=folder, stderr=subprocess.STDOUT)
    return ran.code, ran.out, folder / "built"


@pytest.fixture
def folder(ground: Path, engine: Any) -> Iterator[Path]:
    """An empty folder to generate in; what is built there is removed after the test."""
    folder = Path(tempfile.mkdtemp(dir=ground))
    yield folder
    sweep(engine, folder)


def test_first_build_makes_the_image(me: Person, folder: Path, engine: Any) -> None:
    code, out, made = generate(me, folder, TEMPLATE)
    assert code == 0, out
    built = Project(made, me, engine)
    assert len(built.images()) == 1
    assert built.containers() == []
    assert "\n#1 " in out, "docker's own progress is shown"
    ran = built.script("start", "-d")
    assert get(ran.link) == 200
    assert "building with" not in ran.err


def test_failed_first_build_keeps_the_project_and_says_what_to_do(me: Person, folder: Path) -> None:
    template = folder / "template"
    template.mkdir()
    shutil.copy(TEMPLATE / "cookiecutter.json", template)
    for name in ("hooks", "{{cookiecutter.project_slug}}"):
        shutil.copytree(TEMPLATE / name, template / name)
    packages = template / "{{cookiecutter.project_slug}}" / "requirements" / "base-requirements.txt"
    packages.write_text(packages.read_text() + "no-such-package-as-this-one==1\n")
    code, out, made = generate(me, folder, template)
    assert code == 0, out
    assert os.access(made / "requirements" / "start.sh", os.X_OK)
    assert "no-such-package-as-this-one" in out
    assert "Traceback" not in out
    last = "\n".join(out.splitlines()[-4:])
    assert "requirements/" in last
    assert "start.sh" in last or "build.sh" in last
