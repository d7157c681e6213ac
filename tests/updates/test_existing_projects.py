"""Add the template to an existing repository: its files stay unchanged, and updates work."""

from pathlib import Path

import cruft
import pytest
from support.baked import BakedProject
from support.repositories import append, commit_all, files, git, new_repository
from support.template import render


@pytest.fixture
def existing(tmp_path: Path) -> Path:
    """A repository that has nothing to do with this template."""
    folder = tmp_path / "existing project"
    new_repository(folder)
    for name, text in {
        "README.md": "# Existing\n",
        ".gitignore": "*.csv\n",
        ".pre-commit-config.yaml": "repos: []\n",
        "Dockerfile": "FROM scratch\n",
        "requirements.txt": "polars\n",
        "pyproject.toml": '[project]\nname = "existing"\nversion = "1"\n',
        "notebooks/analysis.ipynb": "{}\n",
        "src/run.sh": "#!/bin/sh\n",
    }.items():
        append(folder / name, text)
    (folder / "src/run.sh").chmod(0o755)
    (folder / "data").mkdir()
    commit_all(folder)
    return folder


def add_template(tool: str, repository: Path, folder: Path) -> None:
    """Add requirements/ to the project in `folder`."""
    answers = {"layout": "requirements", "project_slug": "."}
    if tool == "cruft":
        cruft.create(str(repository), output_dir=folder, extra_context=answers, overwrite_if_exists=True)
    else:
        render(folder, template=repository, overwrite=True, **answers)


@pytest.mark.parametrize("tool", ["cookiecutter", "cruft"])
def test_layout_requirements_changes_no_existing_file(existing: Path, repository: Path, tool: str) -> None:
    before = files(existing)
    add_template(tool, repository, existing)
    after = files(existing)
    assert {name: after[name] for name in before} == before
    added = {name for name in after.keys() - before.keys() if not name.startswith("requirements/")}
    assert added == {".cruft.json"}
    assert (existing / "data").is_dir()  # an empty folder
    git(existing, "diff", "--exit-code")


def test_existing_project_is_checked_and_updated_as_any_other(existing: Path, repository: Path) -> None:
    add_template("cookiecutter", repository, existing)
    commit_all(existing)
    before = files(existing)
    assert cruft.check(existing)
    project = BakedProject(existing)
    assert project.update(answers={"python_version": "3.12"})
    after = files(existing)
    assert {name for name in before if after[name] != before[name]} == {
        ".cruft.json",
        "requirements/Dockerfile",
    }
    assert before.keys() == after.keys()
    assert "\n-e ..\n" in project.text("requirements/pip-requirements.txt")
