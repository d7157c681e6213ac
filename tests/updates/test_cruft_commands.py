"""cruft create, check, diff, update and link work with this template without an engine and without questions."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from cookiecutter.main import cookiecutter
from support.baked import BakedProject
from support.repositories import commit_all, files, new_repository
from support.template import command
from updates.changes import CHANGES
from updates.conftest import Create


@pytest.mark.parametrize(
    ("flavor", "layout", "version"),
    [
        ("docker-stacks", "project", "plain"),
        ("python-slim", "requirements", "main"),
    ],  # without and with hooks
)
def test_cruft_and_cookiecutter_generate_the_same_files(
    repository: Path, create: Create, tmp_path: Path, flavor: str, layout: str, version: str
) -> None:
    answers = {"base_image": flavor, "layout": layout}
    by_cruft = files(create(version, **answers).folder)
    plain = cookiecutter(
        f"git+file://{repository}",
        checkout=version,
        no_input=True,
        extra_context=answers,
        accept_hooks=version == "main",
        output_dir=str(tmp_path / "plain"),
    )
    plain_files = files(Path(plain))
    assert by_cruft.pop(".cruft.json")
    assert (plain_files.pop(".cruft.json", None) is not None) == (version == "main")
    assert by_cruft == plain_files


def test_check_and_diff_find_nothing_in_a_new_project(
    create: Create, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = create("plain", base_image="docker-stacks").folder
    capfd.readouterr()
    assert cruft.diff(folder, exit_code=True)
    assert capfd.readouterr().out == ""
    assert cruft.check(folder, checkout="plain", strict=True)


def test_check_finds_a_newer_template_and_diff_an_edit(create: Create) -> None:
    one = create("plain")
    assert not cruft.check(one.folder)
    (one / "requirements/Dockerfile").write_text("FROM scratch\n")
    assert not cruft.diff(one.folder, exit_code=True)


def test_link_makes_a_project_without_state_updatable(repository: Path, tmp_path: Path) -> None:
    answers = {"python_version": "3.14"}
    folder = Path(
        cookiecutter(str(repository), no_input=True, extra_context=answers, output_dir=str(tmp_path))
    )
    new_repository(folder)
    (folder / ".cruft.json").unlink()
    cruft.link(str(repository), folder, extra_context=answers)
    commit_all(folder)
    assert cruft.diff(folder, exit_code=True)
    assert BakedProject(folder).update(answers={"python_version": "3.12"})
    assert BakedProject(folder).status()["requirements/Dockerfile"] == "M"


def test_no_command_of_cruft_starts_an_engine(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine_calls: Callable[[], list[str]]
) -> None:
    # The hardest case: the hooks run in a temporary folder behind a symbolic link, for a project named ".".
    (tmp_path / "real").mkdir()
    (tmp_path / "tmp").symlink_to("real")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    parent = tmp_path / "projects"
    parent.mkdir()
    answers = {"project_slug": ".", "first_build": "yes"}
    folder = cruft.create(str(repository), output_dir=parent, extra_context=answers, overwrite_if_exists=True)
    project = BakedProject(Path(os.path.realpath(folder)))
    new_repository(project.folder)
    project.commit()
    assert cruft.check(project.folder)
    assert cruft.diff(project.folder, exit_code=True)
    assert project.update(answers={"nb_user": "marie"})
    assert "marie" in project.text("requirements/settings.sh")
    assert engine_calls() == []


def test_plain_cookiecutter_starts_the_engine_for_the_first_build(
    repository: Path, tmp_path: Path, engine_calls: Callable[[], list[str]]
) -> None:
    # Shows that the test above can fail.
    answers = {"first_build": "yes"}
    cookiecutter(str(repository), no_input=True, extra_context=answers, output_dir=str(tmp_path))
    assert engine_calls() != []


def test_commands_work_with_standard_input_closed(
    repository: Path, tmp_path: Path, engine_calls: Callable[[], list[str]]
) -> None:
    def run(folder: Path, *words: str) -> None:
        done = command(folder, "cruft", *words)
        assert done.returncode == 0, done.stdout + done.stderr

    run(tmp_path, "create", "--no-input", str(repository))
    folder = tmp_path / "my-project"
    new_repository(folder)
    commit_all(folder)
    new = json.dumps({"base_image": "miniforge"})
    run(tmp_path, "update", "--project-dir", "my-project", "-y", "--variables-to-update", new)
    assert (folder / "requirements/conda-requirements.txt").exists()
    commit_all(folder)
    assert engine_calls() == []


def test_interactive_update_works_with_the_pinned_typer(create: Create) -> None:
    one = create("plain")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cruft"), "update", "--checkout", CHANGES[0].name],
        cwd=one.folder,
        input="y\n",
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert CHANGES[0].is_in(one)
