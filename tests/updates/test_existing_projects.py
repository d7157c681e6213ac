"""Add the template to an existing repository: its files stay unchanged, or nothing is written."""

from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from support.repositories import GeneratedProject, append, commit_all, files, git, new_repository

Make = Callable[[Path], None]


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


def generators(template: Path, layout: str) -> dict[str, Make]:
    answers = {"layout": layout, "project_slug": "."}

    def by_cookiecutter(folder: Path) -> None:
        cookiecutter(
            str(template),
            no_input=True,
            extra_context=answers,
            overwrite_if_exists=True,
            output_dir=str(folder),
        )

    def by_cruft(folder: Path) -> None:
        cruft.create(str(template), output_dir=folder, extra_context=answers, overwrite_if_exists=True)

    return {"cookiecutter": by_cookiecutter, "cruft": by_cruft}


@pytest.mark.parametrize("tool", ["cookiecutter", "cruft"])
def test_layout_requirements_changes_no_existing_file(existing: Path, template: Path, tool: str) -> None:
    before = files(existing)
    generators(template, "requirements")[tool](existing)
    after = files(existing)
    assert {name: after[name] for name in before} == before
    added = {name for name in after.keys() - before.keys() if not name.startswith("requirements/")}
    assert added == {".cruft.json"}
    assert "requirements/Dockerfile" in after
    assert (existing / "data").is_dir()  # an empty folder
    git(existing, "diff", "--exit-code")


def test_existing_project_is_checked_and_updated_as_any_other(existing: Path, template: Path) -> None:
    generators(template, "requirements")["cookiecutter"](existing)
    commit_all(existing)
    before = files(existing)
    assert cruft.check(existing)
    assert cruft.diff(existing, exit_code=True)
    project = GeneratedProject(existing)
    assert project.update(answers={"python_version": "3.12"})
    after = files(existing)
    assert {name for name in before if after[name] != before[name]} == {
        ".cruft.json",
        "requirements/Dockerfile",
    }
    assert before.keys() == after.keys()


@pytest.mark.parametrize(
    ("layout", "name", "advice"),
    [
        ("requirements", "requirements/base.txt", "rename them"),
        ("project", "README.md", "layout=requirements"),
    ],
)
def test_cruft_reports_existing_files_and_keeps_them(
    existing: Path, template: Path, capfd: pytest.CaptureFixture[str], layout: str, name: str, advice: str
) -> None:
    append(existing / name, "mine\n")
    before = files(existing)
    with pytest.raises(FailedHookException):
        generators(template, layout)["cruft"](existing)
    assert files(existing) == before
    error, hint, *_ = capfd.readouterr().err.splitlines()
    assert error.startswith(f"error: these files exist in {existing}: ")
    assert name.split("/")[0] in error
    assert advice in hint


def test_state_of_another_template_stops_cruft_but_not_cookiecutter(
    existing: Path, template: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    append(existing / ".cruft.json", '{"template": "https://example.com/another"}\n')
    before = files(existing)
    with pytest.raises(FailedHookException):
        generators(template, "requirements")["cruft"](existing)
    assert files(existing) == before
    assert f"error: these files exist in {existing}: .cruft.json\n" in capfd.readouterr().err
    generators(template, "requirements")["cookiecutter"](existing)
    assert before.items() <= files(existing).items()
    assert "requirements/start.sh" in files(existing)
