"""cruft create, check, diff, update and link work with this template, start no engine, and ask nothing."""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from cookiecutter.main import cookiecutter
from helpers import CHOICES, TEMPLATE, command
from updates.changes import CHANGES
from updates.repositories import Project, commit_all, files, new_repository

MakeProject = Callable[..., Project]


@pytest.mark.parametrize(
    ("flavour", "layout", "version"),
    [
        *((flavour, "project", "plain") for flavour in CHOICES["base_image"]),
        ("python-slim", "requirements", "main"),  # with the hooks
    ],
)
def test_cruft_makes_what_cookiecutter_makes(
    template: Path, project: MakeProject, tmp_path: Path, flavour: str, layout: str, version: str
) -> None:
    answers = {"base_image": flavour, "layout": layout}
    made = files(project(version, **answers).folder)
    del made[".cruft.json"]
    plain = cookiecutter(
        str(template),
        no_input=True,
        extra_context=answers,
        accept_hooks=version == "main",
        output_dir=str(tmp_path / "plain"),
    )
    assert made == files(Path(plain))


@pytest.mark.parametrize("flavour", CHOICES["base_image"])
def test_check_is_clean_and_diff_empty_right_after_creation(
    project: MakeProject, capfd: pytest.CaptureFixture[str], flavour: str
) -> None:
    folder = project("plain", base_image=flavour).folder
    capfd.readouterr()
    assert cruft.diff(folder, exit_code=True)
    assert capfd.readouterr().out == ""
    assert cruft.check(folder, checkout="plain", strict=True)


def test_check_and_diff_tell_a_newer_template_and_an_edit(project: MakeProject) -> None:
    older = project("plain")
    assert not cruft.check(older.folder)
    (older / "requirements/Dockerfile").write_text("FROM scratch\n")
    assert not cruft.diff(older.folder, exit_code=True)


def test_link_takes_a_project_of_plain_cookiecutter_into_updates(template: Path, tmp_path: Path) -> None:
    answers = {"python_version": "3.14"}
    folder = Path(cookiecutter(str(template), no_input=True, extra_context=answers, output_dir=str(tmp_path)))
    new_repository(folder)
    cruft.link(str(template), folder, extra_context=answers)
    commit_all(folder)
    assert cruft.diff(folder, exit_code=True)
    assert Project(folder).update(answers={"python_version": "3.12"})
    assert Project(folder).status()["requirements/Dockerfile"] == "M"


@pytest.mark.parametrize(
    ("slug", "linked_tmp", "first_build"),
    [("my-project", False, "no"), (".", True, "yes")],
)
def test_no_command_of_cruft_starts_an_engine(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine_calls: Callable[[], list[str]],
    slug: str,
    linked_tmp: bool,
    first_build: str,
) -> None:
    if linked_tmp:
        (tmp_path / "real").mkdir()
        (tmp_path / "tmp").symlink_to("real")
        monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    parent = tmp_path / "projects"
    parent.mkdir()
    answers = {"project_slug": slug, "first_build": first_build}
    made = cruft.create(
        str(template), output_dir=parent, extra_context=answers, overwrite_if_exists=slug == "."
    )
    project = Project(Path(os.path.realpath(made)))
    new_repository(project.folder)
    project.commit()
    assert cruft.check(project.folder)
    assert cruft.diff(project.folder, exit_code=True)
    assert project.update(answers={"nb_user": "marie"})
    assert "marie" in project.text("requirements/settings.sh")
    assert engine_calls() == []


def test_stand_in_engine_counts_the_first_build_of_plain_cookiecutter(
    template: Path, tmp_path: Path, engine_calls: Callable[[], list[str]]
) -> None:
    # Else the test above could not fail.
    answers = {"first_build": "yes"}
    cookiecutter(str(template), no_input=True, extra_context=answers, output_dir=str(tmp_path))
    assert engine_calls() != []


def test_commands_ask_nothing_with_standard_input_closed(
    template: Path, tmp_path: Path, engine_calls: Callable[[], list[str]]
) -> None:
    def run(folder: Path, *words: str) -> None:
        done = command(folder, "cruft", *words)
        assert done.returncode == 0, done.stdout + done.stderr

    run(tmp_path, "create", "--no-input", "--checkout", "released", str(template))
    folder = tmp_path / "my-project"
    new_repository(folder)
    commit_all(folder)
    new = json.dumps({"base_image": "miniforge"})
    run(tmp_path, "update", "--project-dir", "my-project", "-y", "--variables-to-update", new)
    assert (folder / "requirements/conda-requirements.txt").exists()
    commit_all(folder)
    assert engine_calls() == []


def test_project_records_the_version_of_the_template(project: MakeProject) -> None:
    state = json.loads(project().text(".cruft.json"))
    pyproject = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())
    assert state["context"]["cookiecutter"]["_version"] == pyproject["project"]["version"]


def test_update_moves_the_version_that_the_project_records(project: MakeProject) -> None:
    older = project("released")
    older.update()
    recorded = json.loads(older.text(".cruft.json"))["context"]["cookiecutter"]["_version"]
    assert recorded == json.loads((TEMPLATE / "cookiecutter.json").read_text())["_version"]


def test_interactive_update_works_with_the_pinned_typer(project: MakeProject) -> None:
    older = project("plain")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cruft"), "update", "--checkout", CHANGES[0].name],
        cwd=older.folder,
        input="y\n",
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert CHANGES[0].has_come(older)
