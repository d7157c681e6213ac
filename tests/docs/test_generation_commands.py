"""The commands that generate and update a project, as the documents have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.conftest import Typed
from support.repositories import commit_all, new_repository


@pytest.fixture
def generated(tmp_path: Path, typed: Typed) -> Path:
    """A project from the quick start, committed."""
    typed("uvx cookiecutter gh:ORG/jupyter-docker", tmp_path)
    project = tmp_path / "my-project"
    new_repository(project)
    commit_all(project)
    return project


def test_quick_start_generates_a_project(tmp_path: Path, typed: Typed) -> None:
    typed("uvx cookiecutter gh:ORG/jupyter-docker", tmp_path)
    typed("cd my-project", tmp_path)
    assert (tmp_path / "my-project/requirements/start.sh").stat().st_mode & 0o111
    assert (tmp_path / "my-project/notebooks/first.ipynb").is_file()


def test_existing_project_gets_requirements_and_nothing_else(tmp_path: Path, typed: Typed) -> None:
    project = tmp_path / "existing"
    project.mkdir()
    (project / "README.md").write_text("An existing project.\n")
    (project / "requirements.txt").write_text("six\n")
    before = {path.name for path in project.iterdir()}
    typed("uvx cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements", project)
    assert {path.name for path in project.iterdir()} == before | {"requirements", ".cruft.json"}
    assert (project / "README.md").read_text() == "An existing project.\n"
    assert "\n-r ../requirements.txt\n" in (project / "requirements/pip-requirements.txt").read_text()


def test_manual_setup_is_migrated(tmp_path: Path, typed: Typed) -> None:
    project = tmp_path / "manual"
    new_repository(project)
    (project / "requirements").mkdir()
    for name in ("Dockerfile", "build.sh", "run.sh", "start.sh", "pip-requirements.txt"):
        (project / "requirements" / name).write_text("pandas\n")
    commit_all(project)
    typed('git mv requirements requirements-old && git commit -m "Rename requirements/"', project)
    typed("uvx cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements nb_user=me", project)
    typed("cp requirements-old/pip-requirements.txt requirements/pip-requirements.txt", project)
    typed("git rm -r requirements-old", project)
    assert {path.name for path in project.iterdir()} == {".git", "requirements", ".cruft.json"}
    assert (project / "requirements/pip-requirements.txt").read_text() == "pandas\n"
    assert "NB_USER:-me}" in (project / "requirements/settings.sh").read_text()


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


@pytest.mark.full
def test_uvx_runs_current_versions_of_cookiecutter_and_cruft(tmp_path: Path, typed: Typed) -> None:
    typed("uvx cookiecutter gh:ORG/jupyter-docker", tmp_path, uvx=True)
    typed("uvx cruft check", tmp_path / "my-project", uvx=True)
