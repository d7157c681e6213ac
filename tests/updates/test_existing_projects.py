"""Into a repository that is there already: nothing of it changes, or nothing is written at all."""

from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from updates.repositories import Project, append, commit_all, files, git, new_repository

Make = Callable[[Path], None]


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A repository of somebody who has never heard of this template."""
    folder = tmp_path / "their project"
    new_repository(folder)
    for name, text in {
        "README.md": "# Theirs\n",
        ".gitignore": "*.csv\n",
        ".pre-commit-config.yaml": "repos: []\n",
        "Dockerfile": "FROM scratch\n",
        "requirements.txt": "polars\n",
        "pyproject.toml": '[project]\nname = "theirs"\nversion = "1"\n',
        "notebooks/analysis.ipynb": "{}\n",
        "src/run.sh": "#!/bin/sh\n",
    }.items():
        append(folder / name, text)
    (folder / "src/run.sh").chmod(0o755)
    (folder / "data").mkdir()
    commit_all(folder)
    return folder


def makers(template: Path, layout: str) -> dict[str, Make]:
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
def test_layout_requirements_changes_nothing_that_is_there(theirs: Path, template: Path, tool: str) -> None:
    before = files(theirs)
    makers(template, "requirements")[tool](theirs)
    after = files(theirs)
    assert {name: after[name] for name in before} == before
    added = {name for name in after.keys() - before.keys() if not name.startswith("requirements/")}
    assert added == ({".cruft.json"} if tool == "cruft" else set())
    assert "requirements/Dockerfile" in after
    assert (theirs / "data").is_dir()  # empty, and still theirs
    git(theirs, "diff", "--exit-code")


def test_existing_project_is_checked_and_updated_as_any_other(theirs: Path, template: Path) -> None:
    makers(template, "requirements")["cruft"](theirs)
    commit_all(theirs)
    before = files(theirs)
    assert cruft.check(theirs)
    assert cruft.diff(theirs, exit_code=True)
    project = Project(theirs)
    assert project.update(answers={"python_version": "3.12"})
    after = files(theirs)
    assert {name for name in before if after[name] != before[name]} == {
        ".cruft.json",
        "requirements/Dockerfile",
    }
    assert before.keys() == after.keys()


@pytest.mark.parametrize(
    ("layout", "there", "advice"),
    [
        ("requirements", "requirements/base.txt", "rename it"),
        ("project", "README.md", "layout=requirements"),
    ],
)
def test_cruft_names_what_is_in_the_way_and_keeps_it(
    theirs: Path, template: Path, capfd: pytest.CaptureFixture[str], layout: str, there: str, advice: str
) -> None:
    append(theirs / there, "mine\n")
    before = files(theirs)
    with pytest.raises(FailedHookException):
        makers(template, layout)["cruft"](theirs)
    assert files(theirs) == before
    said = capfd.readouterr().err
    assert there.split("/")[0] in said
    assert advice in said


def test_record_of_another_template_is_refused_by_cruft_and_kept(
    theirs: Path, template: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    append(theirs / ".cruft.json", '{"template": "https://example.com/another"}\n')
    before = files(theirs)
    with pytest.raises(FailedHookException):
        makers(template, "requirements")["cruft"](theirs)
    assert files(theirs) == before
    assert ".cruft.json of another template" in capfd.readouterr().err
    makers(template, "requirements")["cookiecutter"](theirs)  # as it advises
    assert before.items() <= files(theirs).items()
