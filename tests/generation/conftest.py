"""A project of every combination of answers, and an empty folder to generate one in."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.baked import BakedProject
from support.template import CHOICES, COMBINATIONS


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to generate a project in: the current folder, as a shell sets it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))
    return folder


@pytest.fixture(scope="session")
def combinations(baked: Callable[..., BakedProject]) -> list[tuple[dict[str, str], BakedProject]]:
    """Answers with their projects: every combination that changes a file, and every version of each flavor once."""
    default = CHOICES["python_version"][0], CHOICES["first_build"][0]
    once = CHOICES["layout"][0], CHOICES["passwordless_sudo"][0], CHOICES["first_build"][0]
    return [
        (answers, baked(**answers))
        for answers in COMBINATIONS
        if (answers["python_version"], answers["first_build"]) == default
        or (answers["layout"], answers["passwordless_sudo"], answers["first_build"]) == once
    ]


@pytest.fixture(scope="session")
def distinct_files(
    combinations: list[tuple[dict[str, str], BakedProject]],
) -> list[tuple[BakedProject, Path]]:
    """The files of all these projects, each distinct content once."""
    found: dict[tuple[str, str], tuple[BakedProject, Path]] = {}
    for _, project in combinations:
        for name, text in project.texts().items():
            # No linter cares about the Python version.
            found.setdefault((name, re.sub(r"\b3\.\d+\b", "3.N", text)), (project, project / name))
    return list(found.values())


@pytest.fixture
def distinct(distinct_files: list[tuple[BakedProject, Path]]) -> Callable[..., list[Path]]:
    """`distinct(*patterns)`: those that match a pattern."""

    def distinct(*patterns: str) -> list[Path]:
        folders = {project.folder for project, _ in distinct_files}
        matching = {path for folder in folders for pattern in patterns for path in folder.glob(pattern)}
        found = [path for _, path in distinct_files if path in matching]
        assert found, f"no file matches {patterns}"
        return found

    return distinct
