"""The template as a Git repository with versions to update to, projects generated from it, and a recording docker."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from support.baked import BakedProject
from support.repositories import (
    GIT_ENVIRONMENT,
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

Create = Callable[..., BakedProject]


@pytest.fixture(autouse=True)
def no_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """cruft runs git, which must not read the settings of this machine."""
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the template. Its branch `main` is the work tree, `released` the last release.

    Until a version has been released, `released` is also the work tree, so that no test is skipped.
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
    if not release:
        git(folder, "branch", "released")
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
def created(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., BakedProject]:
    """`created(version, **answers)`: a project that cruft has generated, committed; each only once, for copies."""
    projects: dict[str, BakedProject] = {}

    def created(version: str, **answers: str) -> BakedProject:
        key = repr((version, sorted(answers.items())))
        if key not in projects:
            output = tmp_path_factory.mktemp("created")
            checkout = None if version == "main" else version
            folder = cruft.create(
                str(repository), output_dir=output, checkout=checkout, extra_context=answers
            )
            projects[key] = BakedProject(Path(folder)).track()
        return projects[key]

    return created


@pytest.fixture
def create(created: Callable[..., BakedProject], tmp_path: Path) -> Create:
    """`create(version="main", name="my-project", **answers)`: such a project in a folder of this test."""

    def create(version: str = "main", name: str = "my-project", **answers: str) -> BakedProject:
        folder = tmp_path / name
        shutil.copytree(created(version, **answers).folder, folder, symlinks=True)
        return BakedProject(folder)

    return create


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
