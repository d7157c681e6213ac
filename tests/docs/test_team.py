"""The commands of `docs/team.md`, typed by two people who share a repository."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from docs.commands import typed
from support.projects import Project, make_project
from support.servers import notebook
from support.users import User, with_new_home

pytestmark = [pytest.mark.docker, pytest.mark.full]


@pytest.fixture
def ada(workspace: Path, user: User, engine: object) -> Project:
    """A built project of Ada, who has committed it."""
    project = make_project(workspace, with_new_home(user, workspace), engine, layout="requirements")
    project.list_packages("cowsay==6.0")
    project.write("first.ipynb", json.dumps(notebook("import cowsay")))
    project.typed("git config --global user.name Ada && git config --global user.email ada@example.com")
    project.succeed("build")
    project.typed("git init --quiet && git add --all && git commit --quiet --message first")
    return project


@pytest.fixture
def bob(ada: Project, workspace: Path) -> Project:
    """Bob's clone, with JupyterLab started."""
    parent = workspace / f"bob-{ada.folder.parent.name}"
    parent.mkdir()
    subprocess.run(["chown", f"{ada.user.uid}:{ada.user.gid}", str(parent)], check=True)
    typed(replace(ada, folder=parent), "git clone URL my-project", URL=str(ada.folder))
    typed(replace(ada, folder=parent), "my-project/requirements/start.sh")
    return replace(ada, folder=parent / "my-project")


def test_a_clone_starts_with_the_same_packages(ada: Project, bob: Project) -> None:
    assert bob.container.status == "running"
    assert bob.lock == ada.lock


def test_a_conflict_of_lock_files_is_resolved_and_packages_are_upgraded(ada: Project, bob: Project) -> None:
    for person, packages in [(ada, ["cowsay==6.0", "tabulate"]), (bob, ["cowsay==6.0", "tblib"])]:
        person.list_packages(*packages)
        person.succeed("build")
        person.typed("git commit --quiet --all --message change")
    pulled = bob.user.run(["git", "pull", "--no-rebase", "--quiet"], cwd=bob.folder)
    assert pulled.status != 0
    bob.list_packages("cowsay", "tabulate", "tblib")
    typed(bob, "git checkout --ours requirements/requirements.lock")
    typed(bob, "requirements/build.sh")
    bob.typed("git commit --quiet --all --message merged")
    for line in ["cowsay==6.0 ", "tabulate==", "tblib=="]:
        assert f"\n{line}" in bob.lock
    typed(bob, "requirements/build.sh --upgrade")
    typed(bob, 'git commit --all --message "Upgrade the packages"')
    typed(bob, "requirements/check.sh")
    assert "\ncowsay==6.0 " not in bob.lock
