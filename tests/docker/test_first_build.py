"""The build that the hook runs when asked to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import TEMPLATE
from projects import Project, get

pytestmark = pytest.mark.docker


def generate(beside: Project, template: Path) -> tuple[int, str, Path]:
    """Plain cookiecutter with a first build, as a command, typed by the owner of `beside` in the folder above it."""
    folder = beside.folder.parent
    program = Path(sys.executable).with_name("cookiecutter")
    command = [str(program), str(template), "--no-input", "project_name=Built", "first_build=yes"]
    ran = beside.person.run(command, cwd=folder, stderr=subprocess.STDOUT)
    return ran.code, ran.out, folder / "built"


def test_first_build_makes_the_image(project: Project) -> None:
    code, out, folder = generate(project, TEMPLATE)
    assert code == 0, out
    built = Project(folder, project.person, project.engine)
    assert len(built.images()) == 1
    assert built.containers() == []
    assert "#1 " in out, "docker's own progress is shown"
    ran = built.script("start", "-d")
    assert get(ran.link) == 200
    assert "building with" not in ran.err


def test_failed_first_build_keeps_the_project_and_says_what_to_do(project: Project, tmp_path: Path) -> None:
    template = project.folder.parent / "template"
    copied = "cookiecutter.json", "hooks", "{{cookiecutter.project_slug}}"
    template.mkdir()
    for name in copied:
        subprocess.run(["cp", "-r", str(TEMPLATE / name), str(template)], check=True)
    packages = template / copied[2] / "requirements" / "base-requirements.txt"
    packages.write_text(packages.read_text() + "no-such-package-as-this-one==1\n")
    subprocess.run(["chmod", "-R", "a+rX", str(template)], check=True)
    code, out, folder = generate(project, template)
    assert code == 0, out
    assert os.access(folder / "requirements" / "start.sh", os.X_OK)
    assert "Traceback" not in out
    last = "\n".join(out.splitlines()[-4:])
    assert "requirements/" in last
    assert "start.sh" in last or "build.sh" in last
