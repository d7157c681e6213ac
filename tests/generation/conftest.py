"""Projects generated from every combination of answers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.template import COMBINATIONS, title


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to generate a project in: the current folder, as a shell sets it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))
    return folder


@pytest.fixture(scope="session")
def projects(rendered: Callable[[dict[str, str]], Path]) -> dict[str, Path]:
    """A project of every combination of answers that changes a file, by its title."""
    return {title(answers): rendered(answers) for answers in COMBINATIONS if answers["first_build"] == "no"}


@pytest.fixture(scope="session")
def distinct(projects: dict[str, Path]) -> Callable[..., list[Path]]:
    """`distinct(*patterns)`: the files of all projects that match a pattern, each distinct content once."""

    def distinct(*patterns: str) -> list[Path]:
        found: dict[tuple[str, bytes], Path] = {}
        for project in projects.values():
            for path in (
                path for pattern in patterns for path in sorted(project.glob(pattern)) if path.is_file()
            ):
                # No linter cares about the Python version.
                content = re.sub(rb"\b3\.\d+\b", b"3.N", path.read_bytes())
                found.setdefault((str(path.relative_to(project)), content), path)
        assert found, f"no file matches {patterns}"
        return list(found.values())

    return distinct
