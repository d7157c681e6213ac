"""The commands that generate a project, as the documents have them."""

from __future__ import annotations

from pathlib import Path

from docs.conftest import Typed
from support.repositories import commit_all, new_repository


def test_quick_start_generates_a_project(tmp_path: Path, typed: Typed) -> None:
    typed("cookiecutter gh:ORG/jupyter-docker", tmp_path)
    typed("cd my-project", tmp_path)
    assert (tmp_path / "my-project/requirements/start.sh").stat().st_mode & 0o111
    assert (tmp_path / "my-project/notebooks/first.ipynb").is_file()


def test_existing_project_gets_requirements_and_nothing_else(tmp_path: Path, typed: Typed) -> None:
    project = tmp_path / "existing"
    project.mkdir()
    (project / "README.md").write_text("An existing project.\n")
    typed("cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements", project)
    assert {path.name for path in project.iterdir()} == {"README.md", "requirements", ".cruft.json"}
    assert (project / "README.md").read_text() == "An existing project.\n"


def test_manual_setup_is_migrated(tmp_path: Path, typed: Typed) -> None:
    project = tmp_path / "manual"
    new_repository(project)
    (project / "requirements").mkdir()
    for name in ("Dockerfile", "build.sh", "run.sh", "start.sh", "pip-requirements.txt"):
        (project / "requirements" / name).write_text("pandas\n")
    commit_all(project)
    typed('git mv requirements requirements-old && git commit -m "Rename requirements/"', project)
    typed("cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements nb_user=me", project)
    typed("cp requirements-old/pip-requirements.txt requirements/pip-requirements.txt", project)
    typed("git rm -r requirements-old", project)
    assert {path.name for path in project.iterdir()} == {".git", "requirements", ".cruft.json"}
    assert (project / "requirements/pip-requirements.txt").read_text() == "pandas\n"
    assert "NB_USER:-me}" in (project / "requirements/settings.sh").read_text()
