"""The template as a Git repository with versions to update to, projects made from it, and a docker that only counts."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from updates.changes import CHANGES
from updates.repositories import (
    GIT_ENVIRONMENT,
    Project,
    commit_all,
    copy_work_tree,
    empty_out,
    git,
    new_repository,
    pack,
    previous_release,
    unpack,
)

MakeProject = Callable[..., Project]


@pytest.fixture(autouse=True)
def no_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """cruft calls git itself, and shall find nobody's settings."""
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the template: branch `released` is the last release, `main` the work tree of now.

    `plain` is `main` without hooks, which makes updates twice as fast; each of CHANGES is a branch on top of
    it, and `every-change` has them all.
    """
    folder = tmp_path_factory.mktemp("template")
    new_repository(folder)
    unpack(previous_release(tmp_path_factory.mktemp("release")), folder)
    commit_all(folder, "the last release")
    git(folder, "branch", "released")
    empty_out(folder)
    copy_work_tree(folder)
    commit_all(folder, "the work tree")
    git(folder, "checkout", "--quiet", "-b", "plain")
    git(folder, "rm", "-r", "--quiet", "hooks")
    commit_all(folder, "no hooks")
    for change in CHANGES:
        git(folder, "checkout", "--quiet", "-b", change.name, "plain")
        change.apply(folder)
        commit_all(folder, change.name)
    git(folder, "checkout", "--quiet", "-b", "every-change", "plain")
    for change in CHANGES:
        change.apply(folder)
    commit_all(folder, "every change")
    git(folder, "checkout", "--quiet", "main")
    pack(folder)
    return folder


@pytest.fixture(scope="session")
def make_project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeProject:
    """`make_project(folder, version="main", **answers)`: made by cruft and committed, in a folder's repository.

    `folder` is where its copy goes; each set of answers is rendered once.
    """
    made: dict[tuple[str, ...], Path] = {}

    def make(folder: Path, version: str = "main", **answers: str) -> Project:
        key = (version, *map(str, sorted(answers.items())))
        if key not in made:
            output = tmp_path_factory.mktemp("made")
            checkout = None if version == "main" else version
            made[key] = Path(
                cruft.create(str(template), output_dir=output, checkout=checkout, extra_context=answers)
            )
            new_repository(made[key])
            commit_all(made[key], "made from the template")
            pack(made[key])
        shutil.copytree(made[key], folder, symlinks=True)
        return Project(folder)

    return make


@pytest.fixture
def project(make_project: MakeProject, tmp_path: Path) -> Callable[..., Project]:
    """`project(version="main", **answers)`: a project in this test's folder."""
    return lambda version="main", **answers: make_project(tmp_path / "my-project", version, **answers)


@pytest.fixture
def engine_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Stand-ins for docker and podman come first in PATH; calling the fixture's value gives all calls so far."""
    log, folder = tmp_path / "engine-calls", tmp_path / "stand-ins"
    folder.mkdir()
    log.touch()
    for name in ("docker", "podman"):
        stand_in = folder / name
        stand_in.write_text(f'#!/bin/sh\necho "{name} $*" >> "{log}"\n')
        stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda: log.read_text().splitlines()
