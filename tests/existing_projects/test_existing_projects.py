"""Dependency set-ups of public projects. A folder in cases/ has the files of a project, and case.toml what must happen.

Keys of case.toml: `list` (the text of pip-requirements.txt), `answers` (to prompts of the template), `commands` (of
docs/existing-projects.md, run before the build), `versions` (of installed packages), `imports` and `absent` (modules),
`error` and `hint` (of the build; an error may go on), `output` (part of what the build prints), `jupyter` (Jupyter is
installed, too; otherwise not, which is faster), `starts` (the same, and JupyterLab runs a cell).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.builds import installed
from support.documents import block
from support.engine_fixtures import NewProject
from support.projects import Project

pytestmark = pytest.mark.docker

CASES = sorted(path.parent for path in Path(__file__).parent.glob("cases/*/case.toml"))
#: The set-ups that the everyday tests build. The gate builds all of them.
EVERYDAY = {"uv-lock", "includes", "old-python"}


def parameters(key: str) -> list[Any]:
    """The cases with `key`, the ones outside EVERYDAY for the gate only."""
    return [
        pytest.param(path, id=path.name, marks=[] if path.name in EVERYDAY else pytest.mark.full)
        for path in CASES
        if key in tomllib.loads((path / "case.toml").read_text())
    ]


def type_command(project: Project, command: str) -> None:
    """Run a command of the document in the project; a Python file in it is a block of the document."""
    for name in [word for word in command.split() if word.endswith(".py") and word.startswith("export-")]:
        (project.folder / name).write_text(block("docs/existing-projects.md", "python", f"# {name}\n"))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    homes = {"HOME": str(project.folder.parent), "UV_CACHE_DIR": str(Path.home() / ".cache/uv")}
    env = {**os.environ, **homes, "PATH": path}
    subprocess.run(["bash", "-c", command], cwd=project.folder, env=env, check=True)


def make(new_project: NewProject, case: Path) -> tuple[Project, dict[str, Any]]:
    """A project with the files of a case, and its expectations."""
    expected = tomllib.loads((case / "case.toml").read_text())
    project = new_project(**expected.get("answers", {}))
    if not (expected.get("jupyter") or expected.get("starts")):
        project.replace_jupyter()
    for path in case.rglob("*"):
        if path.is_file() and path.name != "case.toml":
            project.write(str(path.relative_to(case)), "")
            (project.folder / path.relative_to(case)).write_bytes(path.read_bytes())
    project.list_packages(expected["list"])
    for command in expected.get("commands", []):
        type_command(project, command)
    return project, expected


@pytest.mark.parametrize("case", parameters("imports"))
def test_a_project_gets_its_packages(new_project: NewProject, case: Path) -> None:
    project, expected = make(new_project, case)
    result = project.succeed("build", "--", "--progress", "plain")
    versions = installed(project)
    assert {name: versions.get(name) for name in expected["versions"]} == expected["versions"]
    assert not versions.keys() & set(expected.get("absent", []))
    assert expected.get("output", "") in result.stderr
    imports = "; ".join(f"import {module}" for module in expected["imports"])
    assert project.script("exec", "python", "-c", imports).status == 0
    if expected.get("starts"):
        project.start()
        assert project.cells("6 * 7") == ["42"]


@pytest.mark.parametrize("case", parameters("error"))
def test_a_set_up_that_cannot_work_is_an_error_with_a_hint(new_project: NewProject, case: Path) -> None:
    project, expected = make(new_project, case)
    result = project.script("build", "--", "--progress", "plain")
    assert result.status == 1
    error = f"error: {expected['error']}"
    assert error in result.stderr
    assert expected.get("output", "") in result.stderr
    hint = result.stderr.rpartition(error)[2].splitlines()[1]
    assert "hint: " in hint
    assert expected.get("hint", "") in hint
    assert not (project.requirements / "requirements.lock").exists()


def test_an_edit_of_an_included_file_leads_to_a_build(new_project: NewProject) -> None:
    project, _ = make(new_project, next(path for path in CASES if path.name == "includes"))
    # The list includes a link, as in a repository of several projects.
    included = project.folder / "constraints/prod.txt"
    included.rename(included.with_name("shared.txt"))
    included.symlink_to("shared.txt")
    project.succeed("build")
    project.succeed("build", "--frozen")
    project.write("constraints/shared.txt", "cowsay==6.1\n")
    code = "import importlib.metadata as m; print(m.version('cowsay'))"
    assert project.script("exec", "python", "-c", code).stdout.split() == ["6.1"]
