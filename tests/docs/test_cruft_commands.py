"""The commands that update a project, as the documents have them. uvx installs cruft, so the machine needs a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.conftest import Typed
from support.repositories import commit_all, new_repository

# With the slow tests, because uvx downloads packages.
pytestmark = pytest.mark.docker


@pytest.fixture
def generated(tmp_path: Path, typed: Typed) -> Path:
    """A project from the quick start, committed."""
    typed("cookiecutter gh:ORG/jupyter-docker", tmp_path)
    project = tmp_path / "my-project"
    new_repository(project)
    commit_all(project)
    return project


def test_cruft_updates_and_checks_as_typed(tmp_path: Path, generated: Path, typed: Typed) -> None:
    typed("uvx cruft check", generated)
    repository = tmp_path / "github/jupyter-docker.git"
    script = repository / "{{cookiecutter.project_slug}}/requirements/stop.sh"
    script.write_text(script.read_text() + "# A new version.\n")
    commit_all(repository)
    assert typed("uvx cruft check", generated, check=False).returncode == 1

    typed("uvx cruft update -y", generated)
    assert "+# A new version." in typed("git diff HEAD", generated).stdout
    assert typed("git grep -n '^<<<<<<<'", generated, check=False).stdout == ""
    assert typed("git ls-files --others '*.rej'", generated).stdout == ""
    typed("uvx cruft check", generated)


def test_cruft_changes_an_answer(generated: Path, typed: Typed) -> None:
    typed('uvx cruft update -y --variables-to-update \'{"base_image": "miniforge"}\'', generated)
    assert (generated / "requirements/conda-requirements.txt").is_file()
