"""The template as a Git repository with versions to update to, projects generated from it, and a recording docker."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from support.repositories import (
    GIT_ENVIRONMENT,
    GeneratedProject,
    commit_all,
    copy_work_tree,
    git,
    last_release,
    new_repository,
    pack,
    remove_tracked_files,
    unpack,
)
from updates.changes import CHANGES

MakeProject = Callable[..., GeneratedProject]


@pytest.fixture(autouse=True)
def no_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """cruft runs git, which must not read the settings of this machine."""
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the template. Its branch `main` is the work tree, `released` the last release, if there is one.

    `plain` is `main` without hooks, which makes updates twice as fast. Each of CHANGES is a branch on top of
    `plain`, and `every-change` has all of them.
    """
    folder = tmp_path_factory.mktemp("template")
    new_repository(folder)
    if release := last_release():
        unpack(release, folder)
        commit_all(folder, "The last release")
        git(folder, "branch", "released")
        remove_tracked_files(folder)
    copy_work_tree(folder)
    commit_all(folder, "The work tree")
    git(folder, "checkout", "--quiet", "-b", "plain")
    git(folder, "rm", "-r", "--quiet", "hooks")
    commit_all(folder, "Remove the hooks")
    for change in CHANGES:
        git(folder, "checkout", "--quiet", "-b", change.name, "plain")
        change.apply(folder)
        commit_all(folder, change.name)
    git(folder, "checkout", "--quiet", "-b", "every-change", "plain")
    for change in CHANGES:
        change.apply(folder)
    commit_all(folder, "Every change")
    git(folder, "checkout", "--quiet", "main")
    pack(folder)
    return folder


@pytest.fixture(scope="session")
def make_project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeProject:
    """`make_project(folder, version="main", **answers)`: a project that cruft generated, committed, in `folder`.

    Each set of answers is generated once and then copied.
    """
    generated: dict[tuple[str, ...], Path] = {}

    def make(folder: Path, version: str = "main", **answers: str) -> GeneratedProject:
        key = (version, *map(str, sorted(answers.items())))
        if key not in generated:
            output = tmp_path_factory.mktemp("generated")
            checkout = None if version == "main" else version
            generated[key] = Path(
                cruft.create(str(template), output_dir=output, checkout=checkout, extra_context=answers)
            )
            new_repository(generated[key])
            commit_all(generated[key], "Generate the project")
            pack(generated[key])
        shutil.copytree(generated[key], folder, symlinks=True)
        return GeneratedProject(folder)

    return make


@pytest.fixture
def project(make_project: MakeProject, tmp_path: Path) -> MakeProject:
    """`project(version="main", **answers)`: a project in the folder of this test."""
    return lambda version="main", **answers: make_project(tmp_path / "my-project", version, **answers)


@pytest.fixture
def engine_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put a docker and a podman that only record their calls first in PATH; `engine_calls()` returns the calls."""
    log, folder = tmp_path / "engine-calls", tmp_path / "engines"
    folder.mkdir()
    log.touch()
    for name in ("docker", "podman"):
        engine = folder / name
        engine.write_text(f'#!/bin/sh\necho "{name} $*" >> "{log}"\n')
        engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda: log.read_text().splitlines()
